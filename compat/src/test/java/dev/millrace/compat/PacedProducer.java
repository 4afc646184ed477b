package dev.millrace.compat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.VoidSerializer;

/// A little to every partition of a topic, a few times a second, until it is told to finish: a group always has something to do.
final class PacedProducer {
    private static final Duration PACE = Duration.ofMillis(250);
    private static final int RECORDS = 2;
    private static final int ANSWER_SECONDS = 60;

    private final String topic;
    private final long[] acknowledged;
    private final KafkaProducer<Void, Long> producer;
    private final Thread thread;
    private volatile boolean finishing;
    private volatile String failure = "";

    private PacedProducer(String bootstrap, String topic, int partitions) {
        this.topic = topic;
        this.acknowledged = new long[partitions];
        producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap, "linger.ms", 5, "acks", "all"),
                        new VoidSerializer(),
                        new LongSerializer());
        thread = Thread.ofPlatform().name("producer of " + topic).unstarted(this::run);
    }

    static PacedProducer start(String bootstrap, String topic, int partitions) {
        var paced = new PacedProducer(bootstrap, topic, partitions);
        paced.thread.start();
        return paced;
    }

    /// Stops, and returns how many records each partition has.
    Map<Integer, Long> finish() throws InterruptedException {
        finishing = true;
        thread.join();
        producer.close();
        if (!failure.isEmpty()) throw new AssertionError("producing to " + topic + ": " + failure);
        Map<Integer, Long> counts = new TreeMap<>();
        for (int i = 0; i < acknowledged.length; i++) counts.put(i, acknowledged[i]);
        return counts;
    }

    private void run() {
        try {
            while (!finishing) {
                send();
                LockSupport.parkNanos(PACE.toNanos());
            }
        } catch (Exception e) { // the rim of this thread: whatever it was is the test's to report
            failure = e.toString();
        }
    }

    private void send() throws Exception {
        List<Future<RecordMetadata>> sent =
                IntStream.range(0, acknowledged.length * RECORDS).mapToObj(this::send).toList();
        for (int i = 0; i < sent.size(); i++) {
            acknowledge(i % acknowledged.length, sent.get(i));
        }
    }

    private Future<RecordMetadata> send(int i) {
        return producer.send(
                new ProducerRecord<>(topic, i % acknowledged.length, null, System.nanoTime()));
    }

    private void acknowledge(int partition, Future<RecordMetadata> sent)
            throws ExecutionException, InterruptedException, java.util.concurrent.TimeoutException {
        long offset = sent.get(ANSWER_SECONDS, TimeUnit.SECONDS).offset();
        if (offset != acknowledged[partition]++)
            throw new IllegalStateException("partition %d: offset %d".formatted(partition, offset));
    }
}
