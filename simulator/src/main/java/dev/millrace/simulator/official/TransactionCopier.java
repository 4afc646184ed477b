package dev.millrace.simulator.official;

import dev.millrace.simulator.checker.Operation.Access.Committed;
import dev.millrace.simulator.checker.Operation.Access.Polled;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Recorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.LongDeserializer;

/// Reads a topic as a member of a group, writes each record to another topic, and commits both in one transaction. The output's key
/// is the input's value.
public final class TransactionCopier implements Runnable {
    private final String transactionalId;
    private final String bootstrap;
    private final String group;
    private final String input;
    private final String output;
    private final Recorder recorder;
    private final Tally tally;
    private final Map<String, Object> membership;
    private volatile boolean stopped;

    /// @param membership settings of the member: which protocol, how long its session
    public TransactionCopier(
            String transactionalId,
            String bootstrap,
            String group,
            String input,
            String output,
            Recorder recorder,
            Tally tally,
            Map<String, Object> membership) {
        this.transactionalId = transactionalId;
        this.bootstrap = bootstrap;
        this.group = group;
        this.input = input;
        this.output = output;
        this.recorder = recorder;
        this.tally = tally;
        this.membership = Map.copyOf(membership);
    }

    public void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        while (!stopped) {
            try (var consumer = consumer();
                    var producer = TransactionWriter.producer(bootstrap, transactionalId)) {
                consumer.subscribe(List.of(input));
                producer.initTransactions();
                int process = recorder.newProcess();
                recorder.note(process, Kind.SUBSCRIBE);
                boolean sound = true;
                while (sound && !stopped) {
                    ConsumerRecords<Long, Long> records = consumer.poll(Duration.ofMillis(100));
                    sound = records.isEmpty() || copy(consumer, producer, process, records);
                }
                producer.close(Duration.ZERO);
            } catch (InterruptException e) {
                return;
            } catch (KafkaException e) {
                tally.errors.incrementAndGet(); // the next life begins where the last committed
                // transaction ended
            }
        }
    }

    private KafkaConsumer<Long, Long> consumer() {
        Map<String, Object> config = new HashMap<>(RecordingReader.config(bootstrap));
        config.put("group.id", group);
        config.putAll(membership);
        config.put("max.poll.records", 50);
        return new KafkaConsumer<>(config, new LongDeserializer(), new LongDeserializer());
    }

    private boolean copy(
            KafkaConsumer<Long, Long> consumer,
            KafkaProducer<Long, Long> producer,
            int process,
            ConsumerRecords<Long, Long> records) {
        var operation = recorder.begin(process, Kind.TRANSACTION);
        List<TransactionWriter.Write> writes = new ArrayList<>();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        boolean committing = false;
        Outcome outcome = Outcome.FAILED;
        try {
            producer.beginTransaction();
            for (ConsumerRecord<Long, Long> record : records) {
                var from = new TopicPartition(record.topic(), record.partition());
                operation.touched(new Polled(from, record.offset(), record.value()));
                offsets.put(from, new OffsetAndMetadata(record.offset() + 1));
                writes.add(
                        TransactionWriter.Write.to(
                                producer,
                                new TopicPartition(output, record.partition()),
                                record.value(),
                                recorder.newValue()));
            }
            producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
            committing = true;
            producer.commitTransaction();
            outcome = Outcome.OK;
            tally.copied.incrementAndGet();
            return true;
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            tally.errors.incrementAndGet();
            outcome = committing ? Outcome.UNKNOWN : Outcome.FAILED;
            return false;
        } finally {
            for (TransactionWriter.Write write : writes) operation.touched(write.sent());
            offsets.forEach((partition, next) ->
                    operation.touched(new Committed(group, partition, next.offset())));
            operation.ended(outcome);
        }
    }
}
