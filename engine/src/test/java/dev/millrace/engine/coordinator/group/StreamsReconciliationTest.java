package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.coordinator.group.streams.CurrentAssignmentBuilder;
import org.apache.kafka.coordinator.group.streams.MemberState;
import org.apache.kafka.coordinator.group.streams.StreamsGroupMember;
import org.apache.kafka.coordinator.group.streams.TasksTuple;
import org.apache.kafka.coordinator.group.streams.TasksTupleWithEpochs;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A member's next step. Tasks are written as role, partition and, for active ones, the epoch that they were given in: `a0@3`,
/// `s1`, `w2`; held elsewhere: `a0` by another process, `a0!` by another member of the same process.
class StreamsReconciliationTest {
    private static final String SUBTOPOLOGY = "sub";

    record Case(
            String name,
            String had,
            String goal,
            @Nullable String told,
            String others,
            String want) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("stays at its goal", "5 STABLE a0@5", "5 a1", "a0", "", "5 STABLE a0@5"),
                new Case("gets what is free", "5 STABLE", "6 a0 s1", "", "", "6 STABLE a0@6 s1"),
                new Case(
                        "keeps the epoch that a task was given in",
                        "5 STABLE a0@3",
                        "6 a0 a1",
                        null,
                        "",
                        "6 STABLE a0@3 a1@6"),
                new Case(
                        "waits for a task that another process has",
                        "5 STABLE",
                        "6 a0 a1",
                        "",
                        "a0",
                        "6 UNRELEASED_TASKS a1@6"),
                new Case(
                        "gets it when it is let go",
                        "6 UNRELEASED_TASKS a1@6",
                        "6 a0 a1",
                        null,
                        "",
                        "6 STABLE a0@6 a1@6"),
                new Case(
                        "gives up first, and gets nothing meanwhile",
                        "5 STABLE a0@5",
                        "6 a1",
                        "a0",
                        "",
                        "5 UNREVOKED_TASKS / a0@5"),
                new Case(
                        "is asked again until it says that it gave up",
                        "5 UNREVOKED_TASKS / a0@5",
                        "6 a1",
                        null,
                        "",
                        "5 UNREVOKED_TASKS / a0@5"),
                new Case(
                        "has given up",
                        "5 UNREVOKED_TASKS / a0@5",
                        "6 a1",
                        "",
                        "",
                        "6 STABLE a1@6"),
                new Case(
                        "gives up more when the goal has moved on",
                        "5 UNREVOKED_TASKS a2@5 / a0@5",
                        "8 a1",
                        "a2",
                        "",
                        "6 UNREVOKED_TASKS / a2@5"),
                new Case(
                        "gives up at once what it says it does not have",
                        "5 STABLE a0@5",
                        "6 a1",
                        "",
                        "",
                        "6 STABLE a1@6"),
                new Case(
                        "a standby does not stand beside the active task of its process",
                        "5 STABLE",
                        "6 s0",
                        "",
                        "a0!",
                        "6 UNRELEASED_TASKS"),
                new Case(
                        "a standby stands beside the active task of another process",
                        "5 STABLE",
                        "6 s0",
                        "",
                        "a0",
                        "6 STABLE s0"),
                new Case(
                        "an active task waits for the standby of another member of its process",
                        "5 STABLE",
                        "6 a0",
                        "",
                        "s0!",
                        "6 UNRELEASED_TASKS"),
                new Case(
                        "a standby becomes active",
                        "5 STABLE s0",
                        "6 a0",
                        "s0",
                        "",
                        "6 STABLE a0@6"),
                new Case(
                        "a standby stays one while its task is active elsewhere",
                        "5 STABLE s0",
                        "6 a0",
                        "s0",
                        "a0",
                        "6 UNRELEASED_TASKS s0"),
                new Case(
                        "a standby that is to become active stays one while others are given up",
                        "5 STABLE s0 s1",
                        "6 a0",
                        "s0 s1",
                        "",
                        "5 UNREVOKED_TASKS s0 / s1"),
                new Case(
                        "an active task becomes a standby at once, and is given up as active",
                        "5 STABLE a0@5",
                        "6 s0",
                        "a0",
                        "",
                        "5 UNREVOKED_TASKS s0 / a0@5"),
                new Case(
                        "a warm-up becomes a standby",
                        "5 STABLE w0",
                        "6 s0",
                        "w0",
                        "",
                        "6 STABLE s0"),
                new Case(
                        "a standby becomes a warm-up",
                        "5 STABLE s0",
                        "6 w0",
                        "s0",
                        "",
                        "6 STABLE w0"),
                new Case(
                        "in a state that is not known it begins anew, with nothing",
                        "5 UNKNOWN",
                        "6 a0",
                        "",
                        "",
                        "6 STABLE a0@6"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void takesItsNextStep(Case c) {
        StreamsAssignment next = next(c);
        assertEquals(c.want, next == null ? "fenced" : text(next));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void kafkasClassTakesTheSame(Case c) {
        assertEquals(c.want, text(kafkas(current(c.had), goal(c.goal), told(c.told), c.others)));
    }

    @Test
    void inAStateThatIsNotKnownItMustHaveNothing() {
        assertNull(next(new Case("", "5 UNKNOWN a0@5", "6 a0", "a0", "", "")));
        assertNull(next(new Case("", "5 UNKNOWN a0@5", "6 a0", null, "", "")));
    }

    private static @Nullable StreamsAssignment next(Case c) {
        return StreamsReconciliation.next(
                current(c.had), goal(c.goal), told(c.told), holders(current(c.had), c.others));
    }

    // ---- any state, beside Kafka's class

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void takesTheStepsOfKafkasClass(long seed) {
        var random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            String had = randomState(random);
            String goal = (random.nextInt(3) + 5) + " " + randomTasks(random, true);
            String told = random.nextInt(4) == 0 ? null : randomTasks(random, false);
            String others = randomOthers(random);
            String shown =
                    "seed %d: %s -> %s, told %s, others %s"
                            .formatted(seed, had, goal, told, others);
            StreamsAssignment next =
                    StreamsReconciliation.next(
                            current(had), goal(goal), told(told), holders(current(had), others));
            assertNotNull(next, shown);
            StreamsAssignment kafkas = kafkas(current(had), goal(goal), told(told), others);
            assertEquals(text(kafkas), text(next), shown);
            assertEquals(kafkas, next, shown);
        }
    }

    private static String randomState(Random random) {
        String state =
                switch (random.nextInt(3)) {
                    case 0 -> "STABLE";
                    case 1 -> "UNREVOKED_TASKS";
                    default -> "UNRELEASED_TASKS";
                };
        String tasks = randomTasks(random, false).replaceAll("(a\\d)", "$1@3");
        String revoking =
                state.equals("UNREVOKED_TASKS")
                        ? " / " + randomTasks(random, false).replaceAll("(a\\d)", "$1@4")
                        : "";
        return "5 " + state + " " + tasks + revoking;
    }

    /// @param exclusive a goal gives a member a task in one role only
    private static String randomTasks(Random random, boolean exclusive) {
        var tasks = new StringBuilder();
        for (int partition = 0; partition < 4; partition++) {
            int mask = random.nextInt(8);
            int roles = exclusive ? 1 << random.nextInt(4) : random.nextInt(8) & mask;
            tasks.append((roles & 1) != 0 ? "a" + partition + " " : "");
            tasks.append((roles & 2) != 0 ? "s" + partition + " " : "");
            tasks.append((roles & 4) != 0 ? "w" + partition + " " : "");
        }
        return tasks.toString().trim();
    }

    private static String randomOthers(Random random) {
        var others = new StringBuilder();
        for (String task : randomTasks(random, false).split(" ", -1)) {
            if (!task.isEmpty()) {
                others.append(task).append(random.nextBoolean() ? "! " : " ");
            }
        }
        return others.toString().trim();
    }

    // ---- the notation

    private static StreamsAssignment current(String text) {
        String[] head = text.split(" ", 3);
        String[] tasks = (head.length > 2 ? head[2] : "").split("/", -1);
        int epoch = Integer.parseInt(head[0]);
        return new StreamsAssignment(
                epoch,
                epoch - 1,
                StreamsMemberState.valueOf(head[1]),
                holdings(tasks[0]),
                tasks.length > 1 ? holdings(tasks[1]) : StreamsHoldings.NONE);
    }

    private static StreamsReconciliation.Goal goal(String text) {
        String[] head = text.split(" ", 2);
        return new StreamsReconciliation.Goal(
                Integer.parseInt(head[0]), tasks(head.length > 1 ? head[1] : ""));
    }

    private static @Nullable StreamsTasks told(@Nullable String text) {
        return text == null ? null : tasks(text);
    }

    private static StreamsTasks tasks(String text) {
        StreamsHoldings held = holdings(text);
        return new StreamsTasks(
                StreamsTasks.sorted(StreamsHoldings.withoutEpochs(held.active())),
                held.standby(),
                held.warmup());
    }

    private static StreamsHoldings holdings(String text) {
        SortedMap<String, SortedMap<Integer, Integer>> active = new TreeMap<>();
        SortedMap<String, SortedSet<Integer>> standby = new TreeMap<>();
        SortedMap<String, SortedSet<Integer>> warmup = new TreeMap<>();
        for (String task : text.trim().split(" ", -1)) {
            if (task.isEmpty()) {
                continue;
            }
            int partition = task.charAt(1) - '0';
            switch (task.charAt(0)) {
                case 'a' ->
                        active.computeIfAbsent(SUBTOPOLOGY, _ -> new TreeMap<>())
                                .put(
                                        partition,
                                        task.length() > 3
                                                ? Integer.parseInt(task.substring(3))
                                                : 0);
                case 's' ->
                        standby.computeIfAbsent(SUBTOPOLOGY, _ -> new TreeSet<>()).add(partition);
                default -> warmup.computeIfAbsent(SUBTOPOLOGY, _ -> new TreeSet<>()).add(partition);
            }
        }
        return new StreamsHoldings(active, standby, warmup);
    }

    private static String text(StreamsAssignment assignment) {
        String text = assignment.epoch() + " " + assignment.state() + text(assignment.assigned());
        return assignment.revoking().isEmpty() ? text : text + " /" + text(assignment.revoking());
    }

    private static String text(StreamsHoldings held) {
        var text = new StringBuilder();
        held.active()
                .values()
                .forEach(epochs ->
                        epochs.forEach((partition, epoch) ->
                                text.append(" a").append(partition).append('@').append(epoch)));
        held.standby().values().forEach(all -> all.forEach(p -> text.append(" s").append(p)));
        held.warmup().values().forEach(all -> all.forEach(p -> text.append(" w").append(p)));
        return text.toString();
    }

    // ---- who holds what, the member itself included

    private static boolean holds(
            StreamsHoldings own, String others, char role, int partition, String mark) {
        boolean mine =
                switch (role) {
                    case 'a' ->
                            own.active()
                                    .getOrDefault(SUBTOPOLOGY, new TreeMap<>())
                                    .containsKey(partition);
                    case 's' ->
                            own.standby()
                                    .getOrDefault(SUBTOPOLOGY, new TreeSet<>())
                                    .contains(partition);
                    default ->
                            own.warmup()
                                    .getOrDefault(SUBTOPOLOGY, new TreeSet<>())
                                    .contains(partition);
                };
        String task = "" + role + partition;
        return mine
                || Set.of(others.split(" ", -1)).contains(task + "!")
                || (mark.isEmpty() && Set.of(others.split(" ", -1)).contains(task));
    }

    private static boolean holds(
            StreamsAssignment own, String others, char role, int partition, String mark) {
        return holds(own.assigned(), others, role, partition, mark)
                || holds(own.revoking(), others, role, partition, mark);
    }

    private static StreamsReconciliation.Holders holders(StreamsAssignment own, String others) {
        return new StreamsReconciliation.Holders() {
            @Override
            public boolean isActive(String subtopology, int partition) {
                return holds(own, others, 'a', partition, "");
            }

            @Override
            public boolean isActiveHere(String subtopology, int partition) {
                return holds(own, others, 'a', partition, "!");
            }

            @Override
            public boolean isStandbyHere(String subtopology, int partition) {
                return holds(own, others, 's', partition, "!");
            }

            @Override
            public boolean isWarmupHere(String subtopology, int partition) {
                return holds(own, others, 'w', partition, "!");
            }
        };
    }

    // ---- Kafka's class

    private static final String HERE = "process";

    private static StreamsAssignment kafkas(
            StreamsAssignment current,
            StreamsReconciliation.Goal goal,
            @Nullable StreamsTasks told,
            String others) {
        StreamsGroupMember member =
                new StreamsGroupMember.Builder("m")
                        .setProcessId(HERE)
                        .setMemberEpoch(current.epoch())
                        .setPreviousMemberEpoch(current.previousEpoch())
                        .setState(MemberState.valueOf(current.state().name()))
                        .setAssignedTasks(kafkas(current.assigned()))
                        .setTasksPendingRevocation(kafkas(current.revoking()))
                        .build();
        StreamsGroupMember next =
                new CurrentAssignmentBuilder(member)
                        .withTargetAssignment(goal.epoch(), kafkas(goal.tasks()))
                        .withOwnedAssignment(told == null ? null : kafkas(told))
                        .withCurrentActiveTaskProcessId((_, partition) ->
                                holds(current, others, 'a', partition, "!")
                                        ? HERE
                                        : holds(current, others, 'a', partition, "")
                                                ? "elsewhere"
                                                : null)
                        .withCurrentStandbyTaskProcessIds((_, partition) ->
                                holds(current, others, 's', partition, "!")
                                        ? Set.of(HERE)
                                        : Set.of())
                        .withCurrentWarmupTaskProcessIds((_, partition) ->
                                holds(current, others, 'w', partition, "!")
                                        ? Set.of(HERE)
                                        : Set.of())
                        .build();
        return new StreamsAssignment(
                next.memberEpoch(),
                next.previousMemberEpoch(),
                StreamsMemberState.valueOf(next.state().name()),
                ours(next.assignedTasks()),
                ours(next.tasksPendingRevocation()));
    }

    private static TasksTupleWithEpochs kafkas(StreamsHoldings held) {
        Map<String, Map<Integer, Integer>> active = new HashMap<>();
        held.active().forEach((id, epochs) -> active.put(id, new HashMap<>(epochs)));
        return new TasksTupleWithEpochs(active, plain(held.standby()), plain(held.warmup()));
    }

    private static TasksTuple kafkas(StreamsTasks tasks) {
        return new TasksTuple(plain(tasks.active()), plain(tasks.standby()), plain(tasks.warmup()));
    }

    private static Map<String, Set<Integer>> plain(SortedMap<String, SortedSet<Integer>> tasks) {
        Map<String, Set<Integer>> plain = new HashMap<>();
        tasks.forEach((id, partitions) -> plain.put(id, new HashSet<>(partitions)));
        return plain;
    }

    private static StreamsHoldings ours(TasksTupleWithEpochs tasks) {
        SortedMap<String, SortedMap<Integer, Integer>> active = new TreeMap<>();
        tasks.activeTasksWithEpochs()
                .forEach((id, epochs) -> {
                    if (!epochs.isEmpty()) {
                        active.put(id, new TreeMap<>(epochs));
                    }
                });
        return new StreamsHoldings(
                active,
                StreamsTasks.sorted(tasks.standbyTasks()),
                StreamsTasks.sorted(tasks.warmupTasks()));
    }
}
