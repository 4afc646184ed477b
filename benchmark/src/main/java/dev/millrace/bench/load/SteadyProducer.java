package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.StartGap;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// The official producer with every default of its own (acks=all, idempotent), in open loop over the partitions in turn, on a
/// thread until it is stopped.
final class SteadyProducer {
    private static final int RECORD_BYTES = 100;
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(5);
    private static final long LONG_AGO_NS = TimeUnit.MINUTES.toNanos(10);

    private final StartGap job;
    private final KafkaProducer<byte[], byte[]> producer;
    private final AckGaps gaps;
    private final AtomicLong acknowledged = new AtomicLong();
    private final Thread thread;
    private volatile boolean stopping;
    private volatile String failure = "";

    SteadyProducer(StartGap job) {
        this.job = job;
        producer =
                new KafkaProducer<>(
                        Map.of(
                                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                job.target().bootstrap(),
                                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                                ByteArraySerializer.class,
                                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                                ByteArraySerializer.class));
        gaps = new AckGaps(job.target().partitions());
        gaps.begin(System.nanoTime() - LONG_AGO_NS);
        thread = Thread.ofPlatform().name("steady producer").daemon().start(this::run);
    }

    AckGaps gaps() {
        return gaps;
    }

    long acknowledged() {
        return acknowledged.get();
    }

    /// Why a record was refused, or the producer's end; empty when neither happened.
    String failure() {
        return failure;
    }

    /// What is not acknowledged soon after the last record was sent is given up: it counts no more.
    void stop() throws InterruptedException {
        stopping = true;
        thread.join();
        producer.close(LAST_ANSWERS);
    }

    private void run() {
        byte[] value = new byte[RECORD_BYTES];
        String topic = job.target().topic().name();
        long periodNs = TimeUnit.SECONDS.toNanos(1) / job.perSecond();
        long startedNs = System.nanoTime();
        try {
            for (long i = 0; !stopping && failure.isEmpty(); i++) {
                Due.await(startedNs + i * periodNs);
                int partition = (int) (i % job.target().partitions());
                var _ =
                        producer.send(
                                new ProducerRecord<>(topic, partition, null, value),
                                (_, e) -> answered(partition, e));
            }
        } catch (RuntimeException e) {
            failure = "the producer ended: " + e;
        }
    }

    private void answered(int partition, @Nullable Exception e) {
        if (e == null) {
            acknowledged.incrementAndGet();
            gaps.acknowledged(partition, System.nanoTime());
        } else {
            failure = "a record was refused: " + e;
        }
    }
}
