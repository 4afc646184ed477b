package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.AwaitInSync;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.RetriableException;

/// Waits until a topic is as it was made: every replica in sync, each partition led by its first replica.
final class InSyncJobs {
    private static final long POLL_MS = 20;

    private InSyncJobs() {}

    /// The time that it took is until all were in sync; the election is not in it.
    static LoadResult await(AwaitInSync job) throws IOException, InterruptedException {
        long startedNs = System.nanoTime();
        long untilNs = startedNs + TimeUnit.SECONDS.toNanos(job.patienceSeconds());
        try (Admin admin = TopicJobs.admin(job.target())) {
            while (!describe(admin, job).stream().allMatch(InSyncJobs::isInSync)) {
                pause(untilNs, "not every replica is in sync");
            }
            long elapsedNs = System.nanoTime() - startedNs;
            String topic = job.target().topic().name();
            for (List<TopicPartitionInfo> now = describe(admin, job);
                    !now.stream().allMatch(InSyncJobs::isLedByFirst);
                    now = describe(admin, job)) {
                Set<TopicPartition> moved = new HashSet<>();
                now.stream()
                        .filter(each -> !isLedByFirst(each))
                        .forEach(each -> moved.add(new TopicPartition(topic, each.partition())));
                // One that is not there yet is asked for again.
                var _ = admin.electLeaders(ElectionType.PREFERRED, moved).partitions().get();
                pause(untilNs, "not every partition has its preferred leader");
            }
            return LoadResult.moved(0, 0, elapsedNs);
        } catch (ExecutionException e) {
            throw new IOException("waiting for replicas: " + e.getCause(), e);
        }
    }

    private static void pause(long untilNs, String otherwise)
            throws IOException, InterruptedException {
        if (System.nanoTime() > untilNs) {
            throw new IOException(otherwise);
        }
        Thread.sleep(POLL_MS);
    }

    /// Empty partitions stand for an answer that did not come.
    private static List<TopicPartitionInfo> describe(Admin admin, AwaitInSync job)
            throws ExecutionException, InterruptedException {
        String topic = job.target().topic().name();
        TopicDescription found;
        while (true) {
            try {
                found = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
                break;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException)) {
                    throw e;
                }
                Thread.sleep(POLL_MS);
            }
        }
        return found == null ? List.of() : found.partitions();
    }

    private static boolean isInSync(TopicPartitionInfo partition) {
        return partition.isr().size() == partition.replicas().size();
    }

    private static boolean isLedByFirst(TopicPartitionInfo partition) {
        return partition.leader() != null
                && partition.leader().id() == partition.replicas().getFirst().id();
    }
}
