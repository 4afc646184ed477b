package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.EndToEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/// Open-loop end-to-end latency: each record carries the instant at which it was due.
final class EndToEndLatency {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long GRACE_S = 15;
    private static final int DIGITS = 3;

    private final EndToEnd job;
    private final long warmRecords;
    private final long records;

    EndToEndLatency(EndToEnd job) {
        this.job = job;
        warmRecords = Math.round(job.warmSeconds() * job.perSecond());
        records = warmRecords + Math.round(job.seconds() * job.perSecond());
    }

    LoadResult run() throws IOException, InterruptedException {
        Map<String, Object> configs =
                new HashMap<>(ClientJobs.producerConfigs(job.target(), job.acks()));
        configs.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        try (var consumer =
                        new KafkaConsumer<byte[], byte[]>(
                                ClientJobs.consumerConfigs(job.target()));
                var producer = new KafkaProducer<byte[], byte[]>(configs)) {
            List<TopicPartition> partitions = ClientJobs.partitions(job.target());
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);
            producer.partitionsFor(job.target().topic().name());
            return measure(consumer, producer);
        }
    }

    private LoadResult measure(
            KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer)
            throws IOException, InterruptedException {
        ExecutorService reader = Executors.newSingleThreadExecutor();
        try {
            Future<Histogram> histogram =
                    reader.submit((Callable<Histogram>) () -> receive(consumer));
            long startedNs = System.nanoTime();
            send(producer, startedNs);
            Histogram latencies = histogram.get(GRACE_S, TimeUnit.SECONDS);
            return result(latencies, System.nanoTime() - startedNs);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new IOException(
                    "records were still missing " + GRACE_S + " s after the last was sent", e);
        } finally {
            // The consumer belongs to the reader until that has ended: an interrupt wakes it from
            // its poll.
            reader.shutdownNow();
            reader.awaitTermination(1, TimeUnit.SECONDS);
        }
    }

    private LoadResult result(Histogram latencies, long elapsedNs) {
        Map<String, Double> percentiles =
                Map.of(
                        "p50", latencies.getValueAtPercentile(50) / 1e6,
                        "p99", latencies.getValueAtPercentile(99) / 1e6,
                        "p99.9", latencies.getValueAtPercentile(99.9) / 1e6,
                        "max", latencies.getMaxValue() / 1e6);
        return new LoadResult(
                "", records, records * job.recordBytes(), elapsedNs, 0, 0, 0, percentiles);
    }

    private void send(KafkaProducer<byte[], byte[]> producer, long startedNs) {
        double periodNs = 1e9 / job.perSecond();
        for (long i = 0; i < records; i++) {
            long dueNs = startedNs + (long) (i * periodNs);
            Due.await(dueNs);
            byte[] value = new byte[job.recordBytes()];
            ByteBuffer.wrap(value).putLong(i).putLong(dueNs);
            var _ = producer.send(new ProducerRecord<>(job.target().topic().name(), value));
        }
        producer.flush();
    }

    /// Ends when as many records as were sent have come, or when the thread is interrupted.
    private Histogram receive(KafkaConsumer<byte[], byte[]> consumer) {
        Histogram latencies = new Histogram(TimeUnit.MINUTES.toNanos(1), DIGITS);
        long received = 0;
        while (received < records && !Thread.currentThread().isInterrupted()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                long nowNs = System.nanoTime();
                ByteBuffer value = ByteBuffer.wrap(record.value());
                if (value.getLong() >= warmRecords) {
                    latencies.recordValue(
                            Math.clamp(
                                    nowNs - value.getLong(),
                                    1,
                                    latencies.getHighestTrackableValue()));
                }
                received++;
            }
        }
        return latencies;
    }
}
