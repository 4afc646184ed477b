package dev.millrace.compat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/// Sends 0, 1, 2, ... to each partition, keyed by its name, with `acks=all` and idempotence, until it is told to finish.
final class CountingProducer {
    private static final int MOST_IN_FLIGHT =
            500; // records; a broker that is down stops the load here
    private static final Duration FINISH_PATIENCE = Duration.ofMinutes(2);

    private final String name;
    private final String topic;
    private final KafkaProducer<String, Long> producer;
    private final AtomicLongArray acknowledged;
    private final Semaphore inFlight = new Semaphore(MOST_IN_FLIGHT);
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile boolean finishing;

    /// Of the thread that sends.
    private final long[] sent;

    private @Nullable Thread thread;

    private CountingProducer(String name, String bootstrap, String topic, int partitions) {
        this.name = name;
        this.topic = topic;
        this.sent = new long[partitions];
        this.acknowledged = new AtomicLongArray(partitions);
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers", bootstrap,
                        "acks", "all",
                        "enable.idempotence", true,
                        "linger.ms", 2,
                        "batch.size", 4_096, // many small batches: more of them cut by each kill
                        "request.timeout.ms", 5_000,
                        "delivery.timeout.ms", (int) FINISH_PATIENCE.toMillis(),
                        "reconnect.backoff.max.ms", 100,
                        "retry.backoff.max.ms", 100);
        this.producer = new KafkaProducer<>(config, new StringSerializer(), new LongSerializer());
    }

    static CountingProducer start(String name, String bootstrap, String topic, int partitions) {
        var counting = new CountingProducer(name, bootstrap, topic, partitions);
        counting.thread = Thread.ofPlatform().name(name).start(counting::send);
        return counting;
    }

    String name() {
        return name;
    }

    long acknowledged(int partition) {
        return acknowledged.get(partition);
    }

    void checkAlive() {
        Exception why = failure.get();
        if (why != null) throw new AssertionError(name + " failed", why);
    }

    /// Stops sending, and returns when the last record is acknowledged.
    void finish() throws InterruptedException {
        finishing = true;
        if (thread != null) thread.join(FINISH_PATIENCE);
        producer.flush();
        producer.close(FINISH_PATIENCE);
        checkAlive();
        for (int partition = 0; partition < sent.length; partition++) {
            if (acknowledged(partition) != sent[partition]) {
                throw new AssertionError(
                        "%s-%d: sent %d, acknowledged %d"
                                .formatted(
                                        name, partition, sent[partition], acknowledged(partition)));
            }
        }
    }

    private void send() {
        try {
            for (int partition = 0;
                    !finishing && failure.get() == null;
                    partition = (partition + 1) % sent.length) {
                inFlight.acquire();
                int target = partition;
                var _ =
                        producer.send(
                                new ProducerRecord<>(topic, target, name, sent[target]++),
                                (_, problem) -> acknowledge(target, problem));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure.set(e);
        }
    }

    private void acknowledge(int partition, @Nullable Exception problem) {
        if (problem == null) {
            acknowledged.incrementAndGet(partition);
        } else {
            failure.compareAndSet(null, problem);
        }
        inFlight.release();
    }
}
