package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.AwaitPartitions;
import dev.millrace.bench.load.LoadJob.CreateTopic;
import dev.millrace.bench.load.LoadJob.CreateTopics;
import dev.millrace.bench.load.LoadJob.DeleteTopic;
import dev.millrace.bench.wire.TopicRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;

/// Makes and deletes topics through the official client.
final class TopicJobs {
    private static final int PATIENCE_MS = 60_000;
    private static final long PAUSE_MS = 20;

    private TopicJobs() {}

    static LoadResult create(CreateTopic job) throws IOException, InterruptedException {
        try (Admin admin = admin(job.target())) {
            NewTopic topic =
                    new NewTopic(job.target().topic().name(), assignment(job.target()))
                            .configs(job.configs());
            Uuid id = admin.createTopics(List.of(topic)).topicId(topic.name()).get();
            awaitLeaders(admin, ClientJobs.partitions(job.target()), PATIENCE_MS);
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(id.toString()));
            return new LoadResult("", 0, 0, 0, 0, bytes.getLong(), bytes.getLong(), Map.of());
        } catch (ExecutionException e) {
            throw new IOException("making a topic: " + e.getCause(), e);
        }
    }

    /// A replica on each broker, the first of them in turn.
    static Map<Integer, List<Integer>> assignment(LoadJob.Target target) {
        int brokers = target.ports().size();
        Map<Integer, List<Integer>> assignment = new HashMap<>();
        for (int partition = 0; partition < target.partitions(); partition++) {
            int first = target.leaderOf(partition);
            assignment.put(
                    partition,
                    IntStream.range(0, brokers).mapToObj(i -> (first + i) % brokers + 1).toList());
        }
        return assignment;
    }

    /// Until the leader of every partition of the last one answers: some brokers make what was promised long after.
    static LoadResult createAll(CreateTopics job) throws IOException, InterruptedException {
        int patienceMs = job.patienceSeconds() * 1_000;
        long startedNs = System.nanoTime();
        try (Admin admin = admin(job.target(), patienceMs)) {
            for (int i = 0; i < job.topics(); i++) {
                create(admin, name(job, i), job.target().partitions());
            }
            awaitLeaders(admin, ClientJobs.partitions(last(job)), patienceMs);
        } catch (ExecutionException e) {
            throw new IOException("making many topics: " + e.getCause(), e);
        }
        long partitions = (long) job.topics() * job.target().partitions();
        return LoadResult.moved(partitions, 0, System.nanoTime() - startedNs);
    }

    static LoadResult await(AwaitPartitions job) throws IOException, InterruptedException {
        int patienceMs = job.patienceSeconds() * 1_000;
        long startedNs = System.nanoTime();
        List<TopicPartition> partitions =
                job.topics().stream()
                        .flatMap(topic ->
                                IntStream.range(0, job.target().partitions())
                                        .mapToObj(p -> new TopicPartition(topic, p)))
                        .toList();
        try (Admin admin = admin(job.target(), patienceMs)) {
            long ends = awaitLeaders(admin, partitions, patienceMs);
            return LoadResult.moved(ends, 0, System.nanoTime() - startedNs);
        } catch (ExecutionException e) {
            throw new IOException("waiting for partitions: " + e.getCause(), e);
        }
    }

    private static String name(CreateTopics job, int topic) {
        return job.target().topic().name() + "-" + topic;
    }

    private static LoadJob.Target last(CreateTopics job) {
        return new LoadJob.Target(
                job.target().ports(),
                new TopicRef(name(job, job.topics() - 1), 0, 0),
                job.target().partitions());
    }

    private static void create(Admin admin, String name, int partitions)
            throws ExecutionException, InterruptedException {
        try {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    static LoadResult delete(DeleteTopic job) throws IOException, InterruptedException {
        try (Admin admin = admin(job.target())) {
            admin.deleteTopics(List.of(job.target().topic().name())).all().get();
            return LoadResult.moved(0, 0, 0);
        } catch (ExecutionException e) {
            throw new IOException("deleting a topic: " + e.getCause(), e);
        }
    }

    static LoadResult set(LoadJob.Target target, String topic, Map<String, String> configs)
            throws IOException, InterruptedException {
        List<AlterConfigOp> changes =
                configs.entrySet().stream()
                        .map(e ->
                                new AlterConfigOp(
                                        new ConfigEntry(e.getKey(), e.getValue()),
                                        AlterConfigOp.OpType.SET))
                        .toList();
        try (Admin admin = admin(target)) {
            var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
            return LoadResult.moved(0, 0, 0);
        } catch (ExecutionException e) {
            throw new IOException("setting " + configs + " of " + topic + ": " + e.getCause(), e);
        }
    }

    /// The broker may not know yet what the controller has decided, nor, when it names a leader, that it leads itself. ListOffsets
    /// is answered by the leader once it does.
    ///
    /// @return the sum of all ends
    private static long awaitLeaders(Admin admin, List<TopicPartition> partitions, long patienceMs)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> question = new HashMap<>();
        partitions.forEach(partition -> question.put(partition, OffsetSpec.latest()));
        long untilNs = System.nanoTime() + patienceMs * 1_000_000;
        while (true) {
            try {
                return admin.listOffsets(question).all().get().values().stream()
                        .mapToLong(ListOffsetsResult.ListOffsetsResultInfo::offset)
                        .sum();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException) || System.nanoTime() > untilNs) {
                    throw e;
                }
                Thread.sleep(PAUSE_MS);
            }
        }
    }

    static Admin admin(LoadJob.Target target) {
        return admin(target, PATIENCE_MS);
    }

    private static Admin admin(LoadJob.Target target, int patienceMs) {
        return Admin.create(
                Map.of(
                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                        target.bootstrap(),
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        patienceMs,
                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                        patienceMs / 2));
    }
}
