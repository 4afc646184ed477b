package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.env.Clock;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The last rebalances of one shard's groups, whatever their protocols. Told by effects, lost with the leadership.
///
/// **Owner.** The shard.
final class RebalanceHistory {
    /// A group's; the oldest goes first.
    static final int MOST_REMEMBERED = 20;

    /// Of all groups together: at a few hundred bytes each a megabyte or two. Beyond, the group that has been quiet longest is
    /// forgotten.
    static final int MOST_IN_ALL = 5_000;

    /// Groups that are gone are cleared away when there are more than twice as many histories as groups, and so many.
    private static final int SPARE = 16;

    private static final class OfGroup {
        final Deque<Rebalance> last = new ArrayDeque<>(2);
        final Map<RebalanceCause.Kind, Long> counts = new EnumMap<>(RebalanceCause.Kind.class);
    }

    private final Clock clock;
    private final Set<String> alive;

    /// The one that rebalanced last is last.
    private final LinkedHashMap<String, OfGroup> groups = new LinkedHashMap<>();

    private int remembered;

    /// @param alive a view of the ids of the shard's groups
    RebalanceHistory(Clock clock, Set<String> alive) {
        this.clock = clock;
        this.alive = alive;
    }

    /// A rebalance has begun, or lost a member. An effect.
    ///
    /// @param epoch that it leads to
    void record(Group group, int epoch, RebalanceCause cause) {
        OfGroup known = groups.get(group.id());
        OfGroup history = known == null ? new OfGroup() : known;
        groups.putLast(group.id(), history);
        if (history.last.size() == MOST_REMEMBERED) {
            history.last.removeFirst();
            remembered--;
        }
        history.last.addLast(new Rebalance(clock.wallMs(), epoch, group.kind().text(), cause));
        history.counts.merge(cause.kind(), 1L, Long::sum);
        remembered++;
        makeRoom();
    }

    private void makeRoom() {
        if (groups.size() > 2 * alive.size() + SPARE) {
            groups.keySet().stream()
                    .filter(id -> !alive.contains(id))
                    .toList()
                    .forEach(this::forget);
        }
        while (remembered > MOST_IN_ALL) {
            forget(groups.firstEntry().getKey());
        }
    }

    /// Oldest first.
    List<Rebalance> of(String group) {
        OfGroup history = groups.get(group);
        return history == null ? List.of() : List.copyOf(history.last);
    }

    /// How many there were since this broker took the group over.
    Map<RebalanceCause.Kind, Long> counts(String group) {
        OfGroup history = groups.get(group);
        return history == null
                ? Map.of()
                : Collections.unmodifiableMap(new EnumMap<>(history.counts));
    }

    /// The group is gone. An effect.
    void forget(String group) {
        OfGroup history = groups.remove(group);
        remembered -= history == null ? 0 : history.last.size();
    }
}
