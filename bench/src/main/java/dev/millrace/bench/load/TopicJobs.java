package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.CreateTopic;
import dev.millrace.bench.load.LoadJob.DeleteTopic;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/// Makes and deletes topics through the official client.
final class TopicJobs {
    private TopicJobs() {}

    static LoadResult create(CreateTopic job) throws IOException, InterruptedException {
        try (Admin admin = admin(job.target())) {
            NewTopic topic =
                    new NewTopic(job.target().topic().name(), job.target().partitions(), (short) 1)
                            .configs(job.configs());
            Uuid id = admin.createTopics(List.of(topic)).topicId(topic.name()).get();
            awaitLeaders(admin, job.target());
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(id.toString()));
            return new LoadResult("", 0, 0, 0, 0, bytes.getLong(), bytes.getLong(), Map.of());
        } catch (ExecutionException e) {
            throw new IOException("making a topic: " + e.getCause(), e);
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

    /// Metadata may name a leader a moment before that broker knows it leads; ListOffsets is answered by the leader itself,
    /// and the client asks again until it is.
    private static void awaitLeaders(Admin admin, LoadJob.Target target)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> question = new HashMap<>();
        ClientJobs.partitions(target)
                .forEach(partition -> question.put(partition, OffsetSpec.earliest()));
        admin.listOffsets(question).all().get();
    }

    private static Admin admin(LoadJob.Target target) {
        return Admin.create(
                Map.of(
                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, target.bootstrap(),
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 20_000,
                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000));
    }
}
