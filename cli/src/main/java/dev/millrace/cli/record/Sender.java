package dev.millrace.cli.record;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.cluster.PartitionCount;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// Sends records and counts what the cluster refused.
///
/// **Owner.** One thread sends; the client's own thread reports, through the counters only; a third looks what records wait for. The first
/// [#REPORTED_FAILURES] refusals are printed, the others counted: a broken topic must not fill the screen.
public final class Sender implements AutoCloseable {
    private static final int REPORTED_FAILURES = 10;
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

    private final Producer<byte[], byte[]> producer;
    private final boolean sync;
    private final String address;
    private final Terminal terminal;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();
    private final LeaderNews news;

    /// Where the last record went; null before the first.
    private volatile @Nullable String topic;

    /// At the last look.
    private long answeredBefore;

    private @Nullable Thread looks;

    /// @param sync wait for each acknowledgement before the next record
    public Sender(
            Producer<byte[], byte[]> producer, boolean sync, String address, Terminal terminal) {
        this.producer = producer;
        this.sync = sync;
        this.address = address;
        this.terminal = terminal;
        this.news = new LeaderNews(terminal, "can be written to it");
    }

    /// Opens a producer for lines from a person or a file.
    ///
    /// @param settings the client settings of the command, which win over ours
    public static Sender open(
            Connection connection, Map<String, ?> settings, boolean sync, Terminal terminal) {
        connection.requireAnswer();
        var config = connection.clientSettings("console-producer");
        // Bulk from a file fills batches; a typed line waits no longer than a person notices.
        config.put("linger.ms", "5");
        config.put("batch.size", String.valueOf(256 * 1024));
        config.put("buffer.memory", String.valueOf(64L * 1024 * 1024));
        config.put("max.block.ms", "15000");
        config.putAll(settings);
        var bytes = new ByteArraySerializer();
        var sender =
                new Sender(
                        new KafkaProducer<>(config, bytes, bytes),
                        sync,
                        connection.address(),
                        terminal);
        sender.looks = Thread.ofPlatform().daemon().name("look at leaders").start(sender::lookOn);
        return sender;
    }

    private void lookOn() {
        try {
            while (true) {
                Thread.sleep(LOOK_AGAIN);
                lookIfAnswered();
            }
        } catch (InterruptedException | InterruptException closed) {
            Thread.currentThread().interrupt();
        }
    }

    /// A cluster that does not answer now may do so at the next look; whoever sends is told of it.
    private void lookIfAnswered() {
        try {
            look();
        } catch (InterruptException closed) {
            throw closed;
        } catch (KafkaException unanswered) {
            return;
        }
    }

    /// Where nothing was answered since the last look, says which partitions nobody leads: to the producer this is a reason to wait, and
    /// it waits in silence, two minutes if nothing else is set.
    void look() {
        long answered = acknowledged.get() + refused.get();
        String to = topic;
        if (to != null && answered == answeredBefore && sent.get() > answered) {
            producer.partitionsFor(to).forEach(news::look);
        }
        answeredBefore = answered;
    }

    /// Fails with a sentence when the topic has no such partition: the client would wait for it.
    public void require(TopicPartition partition) {
        PartitionCount.require(partition, producer.partitionsFor(partition.topic()).size());
    }

    /// Sends one record; waits while the client's buffer is full.
    public void send(ProducerRecord<byte[], byte[]> record) {
        topic = record.topic();
        sent.incrementAndGet();
        var answer = producer.send(record, this::done);
        if (sync) {
            try {
                answer.get();
            } catch (ExecutionException reported) {
                // Counted and printed by `done`, which the client calls for every record.
                terminal.err().flush();
            } catch (InterruptedException interrupted) {
                throw new InterruptException(interrupted);
            }
        }
    }

    private void done(@Nullable RecordMetadata where, @Nullable Exception failure) {
        if (failure == null) {
            acknowledged.incrementAndGet();
            return;
        }
        if (refused.incrementAndGet() <= REPORTED_FAILURES) {
            terminal.err().println("record not sent: " + Explanation.of(failure, address));
        }
    }

    /// Sends what is buffered now.
    public void flush() {
        producer.flush();
    }

    /// How many records the cluster acknowledged so far.
    public long acknowledged() {
        return acknowledged.get();
    }

    /// Waits for every acknowledgement, and fails when a record was refused.
    public void finish() {
        producer.flush();
        long failures = refused.get();
        if (failures > 0) {
            throw CommandFailed.because(
                    failures
                            + (failures == 1 ? " record was" : " records were")
                            + " not sent, "
                            + acknowledged.get()
                            + " were");
        }
    }

    @Override
    public void close() {
        if (looks != null) {
            looks.interrupt();
        }
        producer.close(Duration.ofSeconds(5));
    }
}
