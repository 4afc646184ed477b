package dev.millrace.cli.cluster;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/// How fast a partition's log grew and its group went on between two looks.
///
/// @param consumedPerSecond offsets that the group has committed
/// @param producedPerSecond offsets by which the log has grown
public record LagPace(double consumedPerSecond, double producedPerSecond) {
    /// Between two looks at a partition; empty when that is no pace: nothing was committed at one of them, the group went back,
    /// or no time has passed.
    static Optional<LagPace> between(PartitionLag before, PartitionLag after, Duration elapsed) {
        if (before.committed().isEmpty() || after.committed().isEmpty() || !elapsed.isPositive()) {
            return Optional.empty();
        }
        long consumed = after.committed().getAsLong() - before.committed().getAsLong();
        long produced = after.logEnd() - before.logEnd();
        double seconds = elapsed.toMillis() / 1e3;
        return consumed < 0 || produced < 0 || seconds <= 0
                ? Optional.empty()
                : Optional.of(new LagPace(consumed / seconds, produced / seconds));
    }

    /// The paces of all partitions that are in both samples.
    public static Map<TopicPartition, LagPace> between(
            GroupLag.Sample before, GroupLag.Sample after) {
        var elapsed = Duration.ofMillis(after.atMs() - before.atMs());
        var earlier = new HashMap<TopicPartition, PartitionLag>();
        before.partitions().forEach(lag -> earlier.put(lag.partition(), lag));
        var paces = new HashMap<TopicPartition, LagPace>();
        for (PartitionLag lag : after.partitions()) {
            var then = earlier.get(lag.partition());
            if (then != null) {
                between(then, lag, elapsed).ifPresent(pace -> paces.put(lag.partition(), pace));
            }
        }
        return paces;
    }

    /// When so many records will have been read at this pace; empty when that is never.
    public Optional<Duration> drain(long records) {
        double net = consumedPerSecond - producedPerSecond;
        if (records == 0) {
            return Optional.of(Duration.ZERO);
        }
        return net > 0
                ? Optional.of(Duration.ofMillis(Math.round(records / net * 1e3)))
                : Optional.empty();
    }
}
