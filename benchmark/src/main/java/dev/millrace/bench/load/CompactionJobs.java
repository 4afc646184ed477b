package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.AwaitCompacted;
import dev.millrace.bench.load.LoadJob.FillKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/// Topics that are compacted: filled with keys that repeat, and waited for until nothing more goes.
final class CompactionJobs {
    private static final int POLL_MS = 100;
    private static final int KEY_BYTES = 16;

    /// A pass changes a log every fraction of a second.
    private static final long QUIET_NS = 2_500_000_000L;

    private static final long PATIENCE_NS = 120_000_000_000L;

    /// As long as nothing has gone, nothing has begun.
    private static final double BEGUN = 0.7;

    private CompactionJobs() {}

    /// The same records in the same order on either side.
    static LoadResult fill(FillKeys job) throws IOException, InterruptedException {
        TopicJobs.set(job.target(), job.target().topic().name(), job.configs());
        Map<String, Object> configs = new HashMap<>(ClientJobs.producerConfigs(job.target(), 1));
        configs.put(ProducerConfig.BATCH_SIZE_CONFIG, job.volume().batchBytes());
        configs.put(ProducerConfig.LINGER_MS_CONFIG, 20);
        configs.put(
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                job.codec().name().toLowerCase(Locale.ROOT));
        long count = job.volume().totalBytes() / job.volume().recordBytes();
        var random = new Random(11);
        byte[] value = new byte[job.volume().recordBytes() - KEY_BYTES];
        long startedNs = System.nanoTime();
        try (var producer = new KafkaProducer<byte[], byte[]>(configs)) {
            for (long i = 0; i < count; i++) {
                random.nextBytes(value);
                byte[] key =
                        ByteBuffer.allocate(KEY_BYTES).putLong(random.nextInt(job.keys())).array();
                var _ =
                        producer.send(
                                new ProducerRecord<>(
                                        job.target().topic().name(), 0, key, value.clone()));
            }
        }
        return LoadResult.moved(count, job.volume().totalBytes(), System.nanoTime() - startedNs);
    }

    /// Its bytes are those of the log before, its time ends with the last change.
    static LoadResult await(AwaitCompacted job) throws IOException, InterruptedException {
        try (Admin admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                job.target().bootstrap()))) {
            setBackoff(admin);
            List<Integer> brokers =
                    admin.describeCluster().nodes().get().stream().map(Node::id).toList();
            long before = bytes(admin, brokers, job.target());
            long startedNs = System.nanoTime();
            TopicJobs.set(job.target(), job.target().topic().name(), job.configs());
            long last = before;
            long changedNs = startedNs;
            while (last > BEGUN * before || System.nanoTime() - changedNs < QUIET_NS) {
                Thread.sleep(POLL_MS);
                long now = bytes(admin, brokers, job.target());
                if (now != last) {
                    changedNs = System.nanoTime();
                    last = now;
                }
                if (System.nanoTime() - startedNs > PATIENCE_NS) {
                    throw new IOException(
                            "not compacted: %d of %d bytes are left".formatted(last, before));
                }
            }
            return LoadResult.moved(0, before, changedNs - startedNs);
        } catch (ExecutionException e) {
            throw new IOException("waiting for compaction: " + e.getCause(), e);
        }
    }

    /// So that neither side's figure has a pause in it.
    private static void setBackoff(Admin admin) throws ExecutionException, InterruptedException {
        var brokers = new ConfigResource(ConfigResource.Type.BROKER, "");
        var set =
                new AlterConfigOp(
                        new ConfigEntry("log.cleaner.backoff.ms", "200"), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(brokers, List.of(set))).all().get();
    }

    private static long bytes(Admin admin, Collection<Integer> brokers, LoadJob.Target target)
            throws ExecutionException, InterruptedException {
        var partition = new TopicPartition(target.topic().name(), 0);
        return admin.describeLogDirs(brokers).allDescriptions().get().values().stream()
                .flatMap(directories -> directories.values().stream())
                .map(directory -> directory.replicaInfos().get(partition))
                .filter(replica -> replica != null)
                .mapToLong(replica -> replica.size())
                .sum();
    }
}
