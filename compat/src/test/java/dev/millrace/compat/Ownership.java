package dev.millrace.compat;

import dev.millrace.compat.GroupEvent.Fact;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/// That one member had one partition, from when to when: by the clock, and by the generations or epochs that it named meanwhile.
///
/// @param endAt [Long#MAX_VALUE] while it lasts, or when its process was killed
/// @param released whether it ended by the member's own word to the broker, which still knew it: under the id under which it
///     began, not paused meanwhile, and not told right after that it has lost its membership. Otherwise the member may have
///     found out later than others
/// @param firstRead the first offset that it read in this time
record Ownership(
        String member,
        int partition,
        int fromEpoch,
        int toEpoch,
        long startAt,
        long endAt,
        boolean released,
        OptionalLong firstRead,
        long firstReadAt) {

    /// What is noted of a member whose process is stopped for a while.
    static final String PAUSED = "paused";

    boolean lasts() {
        return endAt == Long.MAX_VALUE;
    }

    boolean sharesAnEpochWith(Ownership other) {
        return fromEpoch <= other.toEpoch && other.fromEpoch <= toEpoch;
    }

    @Override
    public String toString() {
        return "%s has partition %d in epochs %d to %d, %d to %s"
                .formatted(
                        member,
                        partition,
                        fromEpoch,
                        toEpoch,
                        startAt,
                        lasts() ? "the end" : endAt);
    }

    /// All of a history, in the order in which they began.
    static List<Ownership> of(List<GroupEvent> events) {
        Map<String, Replay> members = new LinkedHashMap<>();
        for (GroupEvent event : events)
            members.computeIfAbsent(event.member(), Replay::new).apply(event);
        List<Ownership> all = new ArrayList<>();
        members.values().forEach(member -> all.addAll(member.ownerships()));
        all.sort((a, b) -> Long.compare(a.startAt(), b.startAt()));
        return all;
    }

    /// One member's events in its own order.
    private static final class Replay {
        private final String member;
        private final List<Ownership> ended = new ArrayList<>();
        private final Map<Integer, Ownership> now = new TreeMap<>();
        private final Map<Integer, String> ids = new TreeMap<>();
        private int epoch;

        /// Of `ended`, the first one that ended in this epoch.
        private int endedInThisEpoch;

        Replay(String member) {
            this.member = member;
        }

        List<Ownership> ownerships() {
            List<Ownership> all = new ArrayList<>(ended);
            all.addAll(now.values());
            return all;
        }

        void apply(GroupEvent event) {
            switch (event.fact()) {
                case Fact.Assigned(var partitions) -> {
                    advance(event);
                    partitions.forEach(partition -> begin(partition, event));
                }
                // A cooperative member names the generation that takes them from it: not one of its
                // own.
                case Fact.Revoked(var partitions) ->
                        partitions.forEach(partition ->
                                end(partition, event, event.id().equals(ids.get(partition))));
                case Fact.Lost(var partitions) -> {
                    partitions.forEach(partition -> end(partition, event, false));
                    doubtWhatEndedInThisEpoch();
                }
                case Fact.Read(int partition, long from, long _) -> {
                    advance(event);
                    now.computeIfPresent(partition, (_, owned) -> owned.reading(from, event.at()));
                }
                case Fact.Committing _, Fact.Committed _ -> advance(event);
                case Fact.Told(String what, String _) -> {
                    advance(event);
                    if (what.equals(PAUSED)) ids.clear();
                }
            }
        }

        private void begin(int partition, GroupEvent event) {
            end(partition, event, false);
            ids.put(partition, event.id());
            now.put(
                    partition,
                    new Ownership(
                            member,
                            partition,
                            event.epoch(),
                            event.epoch(),
                            event.at(),
                            Long.MAX_VALUE,
                            false,
                            OptionalLong.empty(),
                            Long.MAX_VALUE));
        }

        private void end(int partition, GroupEvent event, boolean released) {
            Ownership owned = now.remove(partition);
            if (owned != null) ended.add(owned.ending(event.at(), released));
        }

        /// It had said so, but to a broker that did not know it any more.
        private void doubtWhatEndedInThisEpoch() {
            for (int i = endedInThisEpoch; i < ended.size(); i++)
                ended.set(i, ended.get(i).ending(ended.get(i).endAt(), false));
        }

        /// What it still owns, it owns in this epoch too.
        private void advance(GroupEvent event) {
            if (event.epoch() <= 0) return;
            if (event.epoch() > epoch) {
                epoch = event.epoch();
                endedInThisEpoch = ended.size();
            }
            now.replaceAll((_, owned) -> owned.until(event.epoch()));
        }
    }

    private Ownership until(int epoch) {
        return new Ownership(
                member,
                partition,
                fromEpoch,
                Math.max(toEpoch, epoch),
                startAt,
                endAt,
                released,
                firstRead,
                firstReadAt);
    }

    private Ownership reading(long offset, long at) {
        if (firstRead.isPresent()) return this;
        return new Ownership(
                member,
                partition,
                fromEpoch,
                toEpoch,
                startAt,
                endAt,
                released,
                OptionalLong.of(offset),
                at);
    }

    private Ownership ending(long at, boolean byItself) {
        return new Ownership(
                member,
                partition,
                fromEpoch,
                toEpoch,
                startAt,
                at,
                byItself,
                firstRead,
                firstReadAt);
    }
}
