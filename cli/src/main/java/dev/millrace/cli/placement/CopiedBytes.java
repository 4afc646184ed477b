package dev.millrace.cli.placement;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeLogDirsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/// How much of the moves under way has been copied: the sizes of the new replicas, as their brokers tell them.
record CopiedBytes(Admin admin) {
    private static final DescribeLogDirsOptions QUICKLY =
            new DescribeLogDirsOptions().timeoutMs(5_000);

    /// Never more than the moves have to copy; a broker that does not answer has copied nothing, for this line.
    long of(Collection<Move> underWay) {
        var brokers = new TreeSet<Integer>();
        underWay.forEach(move -> brokers.addAll(move.added()));
        if (brokers.isEmpty()) {
            return 0;
        }
        var sizes = new HashMap<Integer, Map<TopicPartition, Long>>();
        admin.describeLogDirs(brokers, QUICKLY)
                .descriptions()
                .forEach((broker, answer) -> {
                    var held = sizes.computeIfAbsent(broker, _ -> new HashMap<>());
                    try {
                        for (LogDirDescription directory : await(answer).values()) {
                            directory
                                    .replicaInfos()
                                    .forEach((name, info) ->
                                            held.merge(name, info.size(), Math::max));
                        }
                    } catch (KafkaException unknown) {
                        // as said above
                    }
                });
        long copied = 0;
        for (Move move : underWay) {
            for (int broker : move.added()) {
                long size = sizes.getOrDefault(broker, Map.of()).getOrDefault(move.partition(), 0L);
                copied += Math.min(size, move.bytes());
            }
        }
        return copied;
    }
}
