package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.SetTransactionsTopic;
import dev.millrace.bench.load.LoadJob.Transactions;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.internals.Topic;

/// The official transactional producer: one transaction after the other, from its beginning to the answer to its commit.
final class TransactionJobs {
    private static final String NAME = "transactions-";

    private TransactionJobs() {}

    /// The coordinator's topic is made when the first producer asks for its coordinator.
    static LoadResult setTopic(SetTransactionsTopic job) throws IOException, InterruptedException {
        try (var producer = producer(job.target(), "first")) {
            producer.initTransactions();
        }
        return TopicJobs.set(job.target(), Topic.TRANSACTION_STATE_TOPIC_NAME, job.configs());
    }

    static LoadResult run(Transactions job) throws IOException {
        byte[] value = new byte[job.recordBytes()];
        new Random(7).nextBytes(value);
        var latencies = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
        try (var producer = producer(job.target(), job.target().topic().name())) {
            producer.initTransactions();
            long beganNs = System.nanoTime();
            long warmNs = beganNs + Math.round(job.warmSeconds() * 1e9);
            long endNs = warmNs + Math.round(job.seconds() * 1e9);
            long now = beganNs;
            long count = 0;
            while (now < endNs) {
                transaction(producer, job, value);
                long after = System.nanoTime();
                if (now >= warmNs) {
                    latencies.recordValue(Math.max(1, after - now));
                    count++;
                }
                now = after;
            }
            Map<String, Double> percentiles =
                    Map.of(
                            "p50", latencies.getValueAtPercentile(50) / 1e6,
                            "p99", latencies.getValueAtPercentile(99) / 1e6,
                            "p99.9", latencies.getValueAtPercentile(99.9) / 1e6);
            return new LoadResult("", count, 0, now - warmNs, 0, 0, 0, percentiles);
        }
    }

    private static void transaction(
            KafkaProducer<byte[], byte[]> producer, Transactions job, byte[] value) {
        producer.beginTransaction();
        for (int i = 0; i < job.records(); i++) {
            int partition = i % job.target().partitions();
            var _ =
                    producer.send(
                            new ProducerRecord<>(
                                    job.target().topic().name(), partition, null, value));
        }
        producer.commitTransaction();
    }

    private static KafkaProducer<byte[], byte[]> producer(LoadJob.Target target, String id) {
        Map<String, Object> configs = new HashMap<>(ClientJobs.producerConfigs(target, -1));
        configs.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, NAME + id);
        configs.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        return new KafkaProducer<>(configs);
    }
}
