package dev.millrace.engine.coordinator.group;

import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A streams member's next step from the tasks that it has to those that it shall have (KIP-1071). Pure.
///
/// First it gives up what it shall not have any more, and says so; then it gets what nobody else holds any more; until it
/// has everything it asks again. A task that changes its role on the same member is not given up in between: a standby stays
/// one until it becomes active, an active one becomes a standby at once.
///
/// **G1.** An active task is given to a member only when no member has it, nor is still giving it up; and a task of any
/// role only when no other member of the same process has it in another, for they would share its files.
final class StreamsReconciliation {
    /// @param epoch of the target
    record Goal(int epoch, StreamsTasks tasks) {}

    /// Who has a task, or is giving it up. "Here" is in the process of the member, itself included.
    interface Holders {
        boolean isActive(String subtopology, int partition);

        boolean isActiveHere(String subtopology, int partition);

        boolean isStandbyHere(String subtopology, int partition);

        boolean isWarmupHere(String subtopology, int partition);
    }

    private final StreamsAssignment current;
    private final Goal goal;
    private final @Nullable StreamsTasks told;
    private final Holders holders;

    private final Tasks kept = new Tasks();
    private final Tasks added = new Tasks();
    private final Tasks revoked = new Tasks();

    /// There is something of the goal that others have.
    private boolean blocked;

    private StreamsReconciliation(
            StreamsAssignment current, Goal goal, @Nullable StreamsTasks told, Holders holders) {
        this.current = current;
        this.goal = goal;
        this.told = told;
        this.holders = holders;
    }

    /// @param told what the member says that it has; null when it does not say
    /// @return null when the member must give up everything and join again
    static @Nullable StreamsAssignment next(
            StreamsAssignment current, Goal goal, @Nullable StreamsTasks told, Holders holders) {
        var step = new StreamsReconciliation(current, goal, told, holders);
        return switch (current.state()) {
            case STABLE ->
                    current.epoch() == goal.epoch() ? current : step.towardsGoal(current.epoch());
            case UNREVOKED_TASKS ->
                    step.stillHolds(current.revoking())
                            ? current
                            : step.towardsGoal(current.epoch() + 1);
            case UNRELEASED_TASKS -> step.towardsGoal(current.epoch());
            case UNKNOWN -> told != null && told.isEmpty() ? step.towardsGoal(goal.epoch()) : null;
        };
    }

    private boolean stillHolds(StreamsHoldings tasks) {
        return told == null || told.holdsAny(tasks);
    }

    /// @param epoch that the member stays at while it has something to give up
    private StreamsAssignment towardsGoal(int epoch) {
        allTasks()
                .forEach((subtopology, partitions) ->
                        partitions.forEach(partition -> place(new Task(subtopology, partition))));
        StreamsHoldings revoking = revoked.holdings();
        boolean gives = !revoking.isEmpty() && stillHolds(revoking);
        allTasks()
                .forEach((subtopology, partitions) ->
                        partitions.forEach(partition ->
                                keepUntilActive(new Task(subtopology, partition), gives)));
        if (gives) {
            return current.next(
                    epoch, StreamsMemberState.UNREVOKED_TASKS, kept.holdings(), revoking);
        }
        kept.addAll(added);
        var state = blocked ? StreamsMemberState.UNRELEASED_TASKS : StreamsMemberState.STABLE;
        return current.next(goal.epoch(), state, kept.holdings(), StreamsHoldings.NONE);
    }

    private SortedMap<String, SortedSet<Integer>> allTasks() {
        var all = new TreeMap<String, SortedSet<Integer>>();
        StreamsHoldings had = current.assigned();
        addTo(all, StreamsHoldings.withoutEpochs(had.active()));
        addTo(all, had.standby());
        addTo(all, had.warmup());
        addTo(all, goal.tasks().active());
        addTo(all, goal.tasks().standby());
        addTo(all, goal.tasks().warmup());
        return all;
    }

    private static void addTo(
            SortedMap<String, SortedSet<Integer>> all, Map<String, ? extends Set<Integer>> tasks) {
        tasks.forEach((subtopology, partitions) ->
                all.computeIfAbsent(subtopology, _ -> new TreeSet<>()).addAll(partitions));
    }

    /// One task of one subtopology, in what the member had and in what it shall have.
    private final class Task {
        final String subtopology;
        final int partition;
        final @Nullable Integer activeSince;
        final boolean wasStandby;
        final boolean wasWarmup;
        final boolean toBeActive;
        final boolean toBeStandby;
        final boolean toBeWarmup;

        Task(String subtopology, int partition) {
            this.subtopology = subtopology;
            this.partition = partition;
            SortedMap<Integer, Integer> active = current.assigned().active().get(subtopology);
            activeSince = active == null ? null : active.get(partition);
            wasStandby = isIn(current.assigned().standby());
            wasWarmup = isIn(current.assigned().warmup());
            toBeActive = isIn(goal.tasks().active());
            toBeStandby = isIn(goal.tasks().standby());
            toBeWarmup = isIn(goal.tasks().warmup());
        }

        private boolean isIn(SortedMap<String, SortedSet<Integer>> tasks) {
            SortedSet<Integer> partitions = tasks.get(subtopology);
            return partitions != null && partitions.contains(partition);
        }

        boolean wasActive() {
            return activeSince != null;
        }

        boolean isFreeAsActive() {
            return !holders.isActive(subtopology, partition)
                    && (wasStandby || !holders.isStandbyHere(subtopology, partition))
                    && (wasWarmup || !holders.isWarmupHere(subtopology, partition));
        }

        boolean isFreeAsStandby() {
            return (wasActive() || !holders.isActiveHere(subtopology, partition))
                    && !holders.isStandbyHere(subtopology, partition)
                    && (wasWarmup || !holders.isWarmupHere(subtopology, partition));
        }

        boolean isFreeAsWarmup() {
            return !holders.isActiveHere(subtopology, partition)
                    && (wasStandby || !holders.isStandbyHere(subtopology, partition))
                    && !holders.isWarmupHere(subtopology, partition);
        }
    }

    private void place(Task task) {
        placeActive(task);
        boolean becomesWarmup = placeWarmup(task);
        boolean becomesStandby = placeStandby(task);
        if (task.wasStandby && !task.toBeStandby && !task.toBeActive && !becomesWarmup) {
            revoked.addStandby(task);
        }
        if (task.wasWarmup && !task.toBeWarmup && !task.toBeActive && !becomesStandby) {
            revoked.addWarmup(task);
        }
    }

    private void placeActive(Task task) {
        if (task.activeSince != null) {
            (task.toBeActive ? kept : revoked).addActive(task, task.activeSince);
        } else if (task.toBeActive) {
            if (task.isFreeAsActive()) {
                added.addActive(task, goal.epoch());
            } else {
                blocked = true;
            }
        }
    }

    /// True when a warm-up changes its role to that.
    private boolean placeStandby(Task task) {
        if (!task.toBeStandby) {
            return false;
        }
        if (task.wasStandby) {
            kept.addStandby(task);
            return false;
        }
        if (!task.isFreeAsStandby()) {
            blocked = true;
            return false;
        }
        boolean isHereAlready = task.wasActive() || task.wasWarmup;
        (isHereAlready ? kept : added).addStandby(task);
        return !task.wasActive() && task.wasWarmup;
    }

    /// True when a standby changes its role to that.
    private boolean placeWarmup(Task task) {
        if (!task.toBeWarmup) {
            return false;
        }
        if (task.wasWarmup) {
            kept.addWarmup(task);
            return false;
        }
        if (!task.isFreeAsWarmup()) {
            blocked = true;
            return false;
        }
        (task.wasStandby ? kept : added).addWarmup(task);
        return task.wasStandby;
    }

    /// A copy that is to become active stays a copy until it does.
    private void keepUntilActive(Task task, boolean gives) {
        boolean becomesActive = !gives && added.hasActive(task);
        if (!task.toBeActive || becomesActive) {
            return;
        }
        if (task.wasStandby) {
            kept.addStandby(task);
        }
        if (task.wasWarmup) {
            kept.addWarmup(task);
        }
    }

    /// Tasks being gathered.
    private static final class Tasks {
        private final SortedMap<String, SortedMap<Integer, Integer>> active = new TreeMap<>();
        private final SortedMap<String, SortedSet<Integer>> standby = new TreeMap<>();
        private final SortedMap<String, SortedSet<Integer>> warmup = new TreeMap<>();

        void addActive(Task task, int epoch) {
            active.computeIfAbsent(task.subtopology, _ -> new TreeMap<>())
                    .put(task.partition, epoch);
        }

        void addStandby(Task task) {
            standby.computeIfAbsent(task.subtopology, _ -> new TreeSet<>()).add(task.partition);
        }

        void addWarmup(Task task) {
            warmup.computeIfAbsent(task.subtopology, _ -> new TreeSet<>()).add(task.partition);
        }

        boolean hasActive(Task task) {
            SortedMap<Integer, Integer> partitions = active.get(task.subtopology);
            return partitions != null && partitions.containsKey(task.partition);
        }

        void addAll(Tasks others) {
            others.active.forEach((subtopology, epochs) ->
                    active.computeIfAbsent(subtopology, _ -> new TreeMap<>()).putAll(epochs));
            addTo(standby, others.standby);
            addTo(warmup, others.warmup);
        }

        StreamsHoldings holdings() {
            return new StreamsHoldings(active, standby, warmup);
        }
    }
}
