package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.ClientConsume;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/// One official consumer with its share of the partitions and of the bytes; others run beside it.
final class ClientConsumeLane implements Lanes.Lane {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Long> ends;
    private final long wanted;

    ClientConsumeLane(ClientConsume job, int lane) {
        consumer = new KafkaConsumer<>(ClientJobs.consumerConfigs(job.target()));
        List<TopicPartition> share =
                ClientJobs.partitions(job.target()).stream()
                        .filter(p -> p.partition() % job.consumers() == lane)
                        .toList();
        consumer.assign(share);
        ends = consumer.endOffsets(share);
        consumer.seekToBeginning(share);
        share.forEach(consumer::position);
        wanted = job.totalBytes() / job.consumers();
    }

    @Override
    public long[] run() throws IOException {
        long records = 0;
        long bytes = 0;
        long lastNs = System.nanoTime();
        while (bytes < wanted) {
            ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
            for (ConsumerRecord<byte[], byte[]> record : polled) {
                bytes += record.serializedValueSize();
            }
            records += polled.count();
            if (!polled.isEmpty()) {
                lastNs = System.nanoTime();
            } else if (System.nanoTime() - lastNs > PATIENCE.toNanos()) {
                throw new IOException("nothing came for " + PATIENCE.toSeconds() + " s");
            }
            rewind();
        }
        return new long[] {records, bytes};
    }

    private void rewind() {
        ends.forEach((partition, end) -> {
            if (consumer.position(partition) >= end) {
                consumer.seek(partition, 0);
            }
        });
    }

    @Override
    public void close() {
        consumer.close();
    }
}
