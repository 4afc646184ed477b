package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.ClientProduce;
import dev.millrace.bench.wire.RecordBatches;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// What a user sees: the official producer and consumer with their defaults but for what a row names.
final class ClientJobs {
    /// Different values, sent in turn.
    private static final int VALUES = 256;

    private ClientJobs() {}

    static LoadResult produce(ClientProduce job) throws IOException {
        Map<String, Object> configs = new HashMap<>(producerConfigs(job.target(), job.acks()));
        configs.put(ProducerConfig.BATCH_SIZE_CONFIG, job.volume().batchBytes());
        configs.put(ProducerConfig.LINGER_MS_CONFIG, job.lingerMs());
        configs.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, job.idempotent());
        configs.put(
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                job.codec().name().toLowerCase(Locale.ROOT));
        byte[][] values = values(job.volume().recordBytes());
        long count = job.volume().totalBytes() / job.volume().recordBytes();
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (var producer = new KafkaProducer<byte[], byte[]>(configs)) {
            String topic = job.target().topic().name();
            producer.partitionsFor(topic);
            long startedNs = System.nanoTime();
            for (long i = 0; i < count && failure.get() == null; i++) {
                @Nullable Integer partition =
                        job.inTurn() ? (int) (i % job.target().partitions()) : null;
                byte[] value = values[(int) (i % VALUES)];
                var _ =
                        producer.send(
                                new ProducerRecord<>(topic, partition, null, value),
                                (_, e) -> {
                                    if (e != null) {
                                        failure.compareAndSet(null, e);
                                    }
                                });
            }
            producer.flush();
            long elapsedNs = System.nanoTime() - startedNs;
            if (failure.get() != null) {
                throw new IOException("a record was refused: " + failure.get(), failure.get());
            }
            return LoadResult.moved(count, count * job.volume().recordBytes(), elapsedNs);
        }
    }

    /// Idempotence follows the client's own default: on where acks=all allows it.
    static Map<String, Object> producerConfigs(LoadJob.Target target, int acks) {
        return Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                target.bootstrap(),
                ProducerConfig.ACKS_CONFIG,
                acks == -1 ? "all" : Integer.toString(acks),
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                acks == -1,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                60_000);
    }

    static Map<String, Object> consumerConfigs(LoadJob.Target target) {
        return Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                target.bootstrap(),
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class);
    }

    static List<TopicPartition> partitions(LoadJob.Target target) {
        return IntStream.range(0, target.partitions())
                .mapToObj(i -> new TopicPartition(target.topic().name(), i))
                .toList();
    }

    private static byte[][] values(int bytes) {
        Random random = new Random(7);
        byte[][] values = new byte[VALUES][bytes];
        for (byte[] value : values) {
            RecordBatches.fillValue(value, random);
        }
        return values;
    }
}
