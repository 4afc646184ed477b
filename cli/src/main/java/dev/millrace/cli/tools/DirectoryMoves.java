package dev.millrace.cli.tools;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeReplicaLogDirsResult.ReplicaLogDirInfo;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.ReplicaNotAvailableException;
import org.jspecify.annotations.Nullable;

/// Replicas that go to other log directories of their brokers (KIP-113).
record DirectoryMoves(Admin admin, Terminal terminal) {
    private static final Duration AGAIN = Duration.ofMillis(100);

    static final Comparator<TopicPartitionReplica> ORDER =
            Comparator.comparingInt(TopicPartitionReplica::brokerId)
                    .thenComparing(TopicPartitionReplica::topic)
                    .thenComparingInt(TopicPartitionReplica::partition);

    /// Where a replica lies, beside where it is to lie.
    ///
    /// @param wanted the directory of the file
    /// @param current null for a replica that no living directory of the broker holds
    /// @param future where it goes; null while it goes nowhere
    record State(String wanted, @Nullable String current, @Nullable String future) {
        boolean isUnderWay() {
            return current != null && future != null;
        }

        String text(TopicPartitionReplica replica) {
            String partition = "Partition " + replica.topic() + "-" + replica.partition();
            String there = " on broker " + replica.brokerId();
            if (current == null) {
                return partition
                        + " is not found in any live log dir"
                        + there
                        + ". There is likely an offline log directory on the broker.";
            }
            if (future == null) {
                return current.equals(wanted)
                        ? "Reassignment of replica " + replica + " completed successfully."
                        : partition
                                + there
                                + " is not being moved from log dir "
                                + current
                                + " to "
                                + wanted
                                + ".";
            }
            return future.equals(wanted)
                    ? "Reassignment of replica " + replica + " is still in progress."
                    : partition
                            + there
                            + " is being moved to log dir "
                            + future
                            + " instead of "
                            + wanted
                            + ".";
        }
    }

    SortedMap<TopicPartitionReplica, State> states(Map<TopicPartitionReplica, String> wanted) {
        var states = new TreeMap<TopicPartitionReplica, State>(ORDER);
        if (wanted.isEmpty()) {
            return states;
        }
        Map<TopicPartitionReplica, ReplicaLogDirInfo> found =
                await(admin.describeReplicaLogDirs(wanted.keySet()).all());
        wanted.forEach((replica, directory) -> {
            ReplicaLogDirInfo info = found.get(replica);
            states.put(
                    replica,
                    info == null
                            ? new State(directory, null, null)
                            : new State(
                                    directory,
                                    info.getCurrentReplicaLogDir(),
                                    info.getFutureReplicaLogDir()));
        });
        return states;
    }

    /// Has the brokers begin. One that does not hold the replica yet, because it only comes there, is asked again.
    ///
    /// @param timeoutMs how long it is asked again
    void begin(Map<TopicPartitionReplica, String> wanted, long timeoutMs) {
        var waiting = new TreeMap<TopicPartitionReplica, String>(ORDER);
        waiting.putAll(wanted);
        long startNanos = System.nanoTime();
        while (true) {
            ask(waiting);
            if (waiting.isEmpty()) {
                return;
            }
            if (Duration.ofNanos(System.nanoTime() - startNanos).toMillis() >= timeoutMs) {
                throw CommandFailed.because(
                        "Timed out before log directory move%s could be started for: %s"
                                .formatted(
                                        waiting.size() == 1 ? "" : "s",
                                        ReassignmentFile.text(waiting.keySet())));
            }
            try {
                Thread.sleep(AGAIN);
            } catch (InterruptedException interrupted) {
                throw new InterruptException(interrupted);
            }
        }
    }

    private void ask(SortedMap<TopicPartitionReplica, String> waiting) {
        var answers = admin.alterReplicaLogDirs(waiting).values();
        for (TopicPartitionReplica replica :
                waiting.keySet().toArray(TopicPartitionReplica[]::new)) {
            var answer = answers.get(replica);
            try {
                if (answer != null) {
                    await(answer);
                }
                terminal.line(
                        "Successfully started moving log directory to %s for replica %s-%s with broker %s "
                                .formatted(
                                        waiting.remove(replica),
                                        replica.topic(),
                                        replica.partition(),
                                        replica.brokerId()));
            } catch (ReplicaNotAvailableException notYet) {
                // as said above
            } catch (KafkaException refused) {
                throw CommandFailed.because(
                        "Failed to alter dir for " + replica + ": " + refused.getMessage());
            }
        }
    }
}
