package dev.millrace.simulator.invariant;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The states of one partition by its epochs, and what must be true of each and of the step from one to the next.
///
/// - R3: nobody is eligible beside an in-sync set that is large enough;
/// - R3: who leads was in sync, or eligible when nobody was, or is the last known leader of a partition that has neither;
/// - R2: who joins the in-sync set is alive, and stays;
/// - R13: a replica that a move adds stands beside the old ones until it is in sync.
final class PartitionSteps {
    private final String name;
    private final int minInSync;
    private final Consumer<String> violated;
    private final Map<Integer, PartitionImage> states = new HashMap<>();
    private @Nullable PartitionImage newest;

    PartitionSteps(String name, int minInSync, Consumer<String> violated) {
        this.name = name;
        this.minInSync = minInSync;
        this.violated = violated;
    }

    private void check(boolean holds, String rule, Object... facts) {
        if (!holds) {
            violated.accept(rule + " " + name + " " + List.of(facts));
        }
    }

    /// What is newest of all that any image has shown; null before the first.
    @Nullable PartitionImage newest() {
        return newest;
    }

    /// An image shows the partition.
    ///
    /// @param was what the same machine knew before; null when that was nothing
    /// @return who has joined the in-sync set with it, where that is seen for the first time and the state before is known
    List<Integer> seen(@Nullable MetadataImage was, MetadataImage image, PartitionImage now) {
        if (states.putIfAbsent(now.partitionEpoch(), now) != null) {
            return List.of();
        }
        PartitionImage last = newest;
        if (last == null || last.partitionEpoch() < now.partitionEpoch()) {
            newest = now;
        }
        int required = Math.min(minInSync, now.replicas().size());
        check(
                now.eligibleLeaders().isEmpty() || now.isr().size() < required,
                "R3 nobody is eligible beside enough in sync",
                now);
        PartitionImage before = states.get(now.partitionEpoch() - 1);
        if (before == null) {
            return List.of();
        }
        leader(was, image, before, now);
        move(before, now);
        return joined(image, before, now);
    }

    private void leader(
            @Nullable MetadataImage was,
            MetadataImage image,
            PartitionImage before,
            PartitionImage now) {
        if (!now.hasLeader() || now.leader() == before.leader()) {
            return;
        }
        boolean eligible =
                before.isr().contains(now.leader())
                        || (before.isr().isEmpty()
                                && (before.eligibleLeaders().contains(now.leader())
                                        || (now.recovering()
                                                && before.lastKnownEligibleLeaders()
                                                        .contains(now.leader()))));
        // The step that ends a move is the one in which its replicas join, and the last that was in
        // sync may have gone.
        boolean arrived =
                isMoving(before)
                        && !isMoving(now)
                        && now.isr().contains(now.leader())
                        && before.replicas().contains(now.leader());
        boolean left = now.isr().equals(List.of(now.leader())) && isGone(was, image, before, now);
        check(eligible || arrived || left, "R3 who leads held everything", before, now);
    }

    private static boolean isMoving(PartitionImage partition) {
        return !partition.adding().isEmpty() || !partition.removing().isEmpty();
    }

    /// Whether none of those that were in sync is any more.
    private static boolean isGone(
            @Nullable MetadataImage was,
            MetadataImage image,
            PartitionImage before,
            PartitionImage now) {
        return before.eligibleLeaders().contains(now.leader())
                && before.isr().stream().noneMatch(now.isr()::contains)
                && before.isr().stream()
                        .allMatch(each ->
                                !isOnline(image, before, each) || wasGone(was, image, each));
    }

    /// Several steps may be seen at once, in which a broker was fenced and unfenced again: then it has left every in-sync set.
    private static boolean wasGone(@Nullable MetadataImage was, MetadataImage image, int broker) {
        if (was == null) {
            return true;
        }
        for (TopicImage topic : was.topics().inNameOrder()) {
            TopicImage later = image.topics().byId(topic.id());
            for (int p = 0; later != null && p < topic.partitions().size(); p++) {
                PartitionImage then = topic.partitions().get(p);
                if (then.isr().contains(broker)
                        && later.partitions().get(p).partitionEpoch() == then.partitionEpoch()) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isOnline(MetadataImage image, PartitionImage partition, int id) {
        @Nullable BrokerImage broker = image.cluster().broker(id);
        int index = partition.replicas().indexOf(id);
        return broker != null
                && broker.active()
                && index >= 0
                && broker.directories().contains(partition.directories().get(index));
    }

    private List<Integer> joined(MetadataImage image, PartitionImage before, PartitionImage now) {
        List<Integer> joined = new ArrayList<>(now.isr());
        joined.removeAll(before.isr());
        for (int each : joined) {
            @Nullable BrokerImage broker = image.cluster().broker(each);
            check(
                    broker == null || broker.active(),
                    "R2 who joins the ISR is alive",
                    each,
                    before,
                    now);
        }
        return joined;
    }

    private void move(PartitionImage before, PartitionImage now) {
        Set<Integer> settled = new HashSet<>(now.replicas());
        now.adding().forEach(settled::remove);
        // A move that is replaced leaves what it was adding to be removed by the next one.
        now.removing().forEach(settled::remove);
        before.replicas().stream()
                .filter(each -> !before.adding().contains(each))
                .forEach(settled::remove);
        check(
                now.isr().containsAll(settled),
                "R13 a move is done when the new replicas are in sync",
                before,
                now);
    }
}
