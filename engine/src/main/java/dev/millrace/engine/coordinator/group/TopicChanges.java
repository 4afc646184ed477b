package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.TopicCause.PartitionsAdded;
import dev.millrace.engine.coordinator.group.TopicCause.TopicCreated;
import dev.millrace.engine.coordinator.group.TopicCause.TopicDeleted;
import dev.millrace.engine.coordinator.group.TopicCause.TopicReplaced;
import dev.millrace.engine.coordinator.group.TopicCause.TopicsChanged;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What has become of topics that a group reads, between two looks at them.
final class TopicChanges {
    private TopicChanges() {}

    /// 0 when it does not exist.
    static int partitions(TopicsImage topics, String name) {
        return partitions(topics.byName(name));
    }

    private static int partitions(@Nullable TopicImage topic) {
        return topic == null ? 0 : topic.partitions().size();
    }

    /// @return null when the topic has as many partitions as before
    static @Nullable RebalanceCause of(String topic, int before, int now) {
        if (before == 0 && now > 0) {
            return new TopicCreated(topic, now);
        }
        if (before > 0 && now == 0) {
            return new TopicDeleted(topic);
        }
        return before < now ? new PartitionsAdded(topic, before, now) : null;
    }

    /// Nobody asked for a rebalance, but the topics are not what they were: the first of them that tells why.
    ///
    /// @param before null when nobody here has looked at them yet
    static RebalanceCause between(
            Collection<String> names, @Nullable TopicsImage before, TopicsImage now) {
        if (before != null) {
            for (String name : names) {
                RebalanceCause change = between(name, before.byName(name), now.byName(name));
                if (change != null) {
                    return change;
                }
            }
        }
        return new TopicsChanged(List.copyOf(names));
    }

    private static @Nullable RebalanceCause between(
            String name, @Nullable TopicImage before, @Nullable TopicImage now) {
        boolean isOther = before != null && now != null && !before.id().equals(now.id());
        RebalanceCause change = of(name, partitions(before), partitions(now));
        return change == null && isOther
                ? new TopicReplaced(name, partitions(before), partitions(now))
                : change;
    }
}
