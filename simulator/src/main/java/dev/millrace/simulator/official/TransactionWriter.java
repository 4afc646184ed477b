package dev.millrace.simulator.official;

import dev.millrace.simulator.checker.Operation.Access.Sent;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Recorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.LongSerializer;
import org.jspecify.annotations.Nullable;

/// Writes small transactions over several partitions, and aborts one in five. Whatever goes wrong, it closes its producer and goes
/// on with a new one of the same transactional id.
public final class TransactionWriter implements Runnable {
    private static final int MOST_RECORDS = 4;

    private final String transactionalId;
    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final Recorder recorder;
    private final Tally tally;
    private final SplittableRandom random;
    private volatile boolean stopped;

    private final AtomicInteger committed = new AtomicInteger();

    public TransactionWriter(
            String transactionalId,
            String bootstrap,
            String topic,
            int partitions,
            Recorder recorder,
            Tally tally,
            long seed) {
        this.transactionalId = transactionalId;
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
        this.recorder = recorder;
        this.tally = tally;
        this.random = new SplittableRandom(seed);
    }

    /// Transactions of this one that were committed.
    public int committed() {
        return committed.get();
    }

    public void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        while (!stopped) {
            try (var producer = producer(bootstrap, transactionalId)) {
                producer.initTransactions();
                int process = recorder.newProcess();
                boolean sound = true;
                while (sound && !stopped) sound = transaction(producer, process);
                producer.close(Duration.ZERO);
            } catch (InterruptException e) {
                return;
            } catch (KafkaException e) {
                tally.errors.incrementAndGet(); // the next life begins with a new producer
            }
        }
    }

    /// Gives up on a broker that is away soon, so that faults find work on its way.
    static KafkaProducer<Long, Long> producer(String bootstrap, String transactionalId) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("transactional.id", transactionalId);
        config.put("transaction.timeout.ms", 5_000);
        config.put("request.timeout.ms", 3_000);
        config.put("delivery.timeout.ms", 6_000);
        config.put("max.block.ms", 6_000);
        config.put("reconnect.backoff.max.ms", 200);
        return new KafkaProducer<>(config, new LongSerializer(), new LongSerializer());
    }

    /// @return false when the producer can do no more
    private boolean transaction(KafkaProducer<Long, Long> producer, int process) {
        var operation = recorder.begin(process, Kind.TRANSACTION);
        List<Write> writes = new ArrayList<>();
        boolean committing = false;
        Outcome outcome = Outcome.FAILED;
        try {
            producer.beginTransaction();
            int records = random.nextInt(1, MOST_RECORDS + 1);
            for (int i = 0; i < records; i++) writes.add(send(producer));
            if (random.nextInt(5) == 0) {
                producer.flush();
                producer.abortTransaction();
                tally.aborted.incrementAndGet();
            } else {
                committing = true;
                producer.commitTransaction();
                committed.incrementAndGet();
                tally.committed.incrementAndGet();
                outcome = Outcome.OK;
            }
            return true;
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            // One that was never asked to commit never will be.
            tally.errors.incrementAndGet();
            outcome = committing ? Outcome.UNKNOWN : Outcome.FAILED;
            return false;
        } finally {
            for (Write write : writes) operation.touched(write.sent());
            operation.ended(outcome);
        }
    }

    private Write send(KafkaProducer<Long, Long> producer) {
        var partition = new TopicPartition(topic, random.nextInt(partitions));
        return Write.to(producer, partition, null, recorder.newValue());
    }

    /// A record on its way.
    record Write(TopicPartition partition, long value, Future<RecordMetadata> acknowledgement) {
        static Write to(
                KafkaProducer<Long, Long> producer,
                TopicPartition partition,
                @Nullable Long key,
                long value) {
            return new Write(
                    partition,
                    value,
                    producer.send(
                            new ProducerRecord<>(
                                    partition.topic(), partition.partition(), key, value)));
        }

        Sent sent() {
            return new Sent(partition, value, offset());
        }

        private long offset() {
            return switch (acknowledgement.state()) {
                case SUCCESS -> acknowledgement.resultNow().offset();
                case FAILED, CANCELLED, RUNNING -> -1;
            };
        }
    }
}
