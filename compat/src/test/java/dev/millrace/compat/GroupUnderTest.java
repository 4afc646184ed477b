package dev.millrace.compat;

import dev.millrace.compat.GroupEvent.Fact;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;

/// One group of real clients in real processes, what is done to them, and all that they say about it.
///
/// One thread runs it; the threads that read the processes' output write its history.
final class GroupUnderTest {
    static final int SESSION_MS = 5_000;
    static final int REBALANCE_MS = 15_000;
    private static final int HEARTBEAT_MS = 1_000;
    // A bound on how long a group may be without progress, wide enough for a busy machine: whoever
    // waits so long waits for ever.
    private static final Duration PATIENCE =
            Duration.ofMillis(SESSION_MS + REBALANCE_MS).plusSeconds(70);

    /// Which clients take part, in how many processes of how many members, and how often they are disturbed.
    ///
    /// @param kinds the processes are of these, in turn
    record Cast(String name, List<MemberKind> kinds, int processes, int perProcess, int faults) {}

    private enum Disturbance {
        KILL,
        PAUSE,
        ADD,
        LEAVE,
        REPLACE
    }

    private final Cast cast;
    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final Path log;
    private final SplittableRandom random;
    private final List<MemberProcess> processes = new ArrayList<>();
    private int started;
    private int names;

    private final Object lock = new Object();
    private final List<GroupEvent> events = new ArrayList<>();
    private final Map<Integer, String> owners = new TreeMap<>();
    private final Set<String> joined = new TreeSet<>();

    GroupUnderTest(Cast cast, String bootstrap, String topic, int partitions, Path dir, long seed) {
        this.cast = cast;
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
        this.log = dir.resolve(cast.name() + ".log");
        this.random = new SplittableRandom(seed);
    }

    String group() {
        return "group-" + cast.name();
    }

    List<GroupEvent> events() {
        synchronized (lock) {
            return List.copyOf(events);
        }
    }

    /// The first process has the group to itself for a while, then all others come at once.
    void start() {
        add();
        await(() -> unownedBy(processes.getFirst()::equals));
        while (processes.size() < cast.processes()) add();
        await(this::unowned);
    }

    /// One after the other, by the seed, each kind as often as any other; at times before the group has got over the last.
    void disturb() {
        List<Disturbance> left = new ArrayList<>();
        for (int i = 0; i < cast.faults(); i++) {
            if (left.isEmpty()) left.addAll(List.of(Disturbance.values()));
            if (isMixed() || random.nextInt(3) > 0) {
                await(this::absent);
                await(this::unowned);
            }
            disturb(left.remove(random.nextInt(left.size())));
        }
        if (isMixed()) downgrade();
    }

    /// A group of one process is not left without any: it grows instead. (Kafka forgets an empty group's epoch when the next
    /// member speaks the other protocol.)
    private void disturb(Disturbance disturbance) {
        MemberProcess one = processes.get(random.nextInt(processes.size()));
        switch (processes.size() == 1 ? Disturbance.ADD : disturbance) {
            case KILL -> kill(one);
            case PAUSE -> pause(one);
            case ADD -> add();
            case LEAVE -> leave(one);
            case REPLACE -> {
                kill(one);
                add();
            }
        }
    }

    private boolean isMixed() {
        return cast.kinds().stream().map(MemberKind::speaksConsumerProtocol).distinct().count() > 1;
    }

    /// Back to the classic protocol: the last member that speaks the new one leaves, when one of the others is there, or the group would be empty.
    private void downgrade() {
        if (processes.stream().allMatch(one -> one.kind().speaksConsumerProtocol()))
            add(cast.kinds().getFirst());
        await(this::absent);
        for (MemberProcess one : List.copyOf(processes)) {
            if (one.kind().speaksConsumerProtocol()) leave(one);
        }
    }

    private void add() {
        add(cast.kinds().get(started % cast.kinds().size()));
    }

    private void add(MemberKind kind) {
        List<String> members = new ArrayList<>();
        for (int i = 0; i < cast.perProcess(); i++)
            members.add("%s-%d".formatted(kind.label(), ++names));
        started++;
        note("starts " + members);
        processes.add(MemberProcess.start(kind, members, options(), log, this::heard));
    }

    private List<String> options() {
        return List.of(
                "bootstrap=" + bootstrap,
                "topic=" + topic,
                "group=" + group(),
                "session=" + SESSION_MS,
                "heartbeat=" + HEARTBEAT_MS,
                "rebalance=" + REBALANCE_MS);
    }

    private void kill(MemberProcess one) {
        note("kills " + one);
        processes.remove(one);
        one.kill();
    }

    private void leave(MemberProcess one) {
        note("lets go " + one);
        processes.remove(one);
        one.leave();
    }

    /// For so long that others take over.
    private void pause(MemberProcess one) {
        note("pauses " + one);
        one.members().forEach(this::paused);
        one.pause();
        try {
            await(() -> unownedBy(other -> other != one));
        } finally {
            one.resume();
        }
    }

    /// It has to join again: others own everything before it goes on.
    private void paused(String member) {
        synchronized (lock) {
            joined.remove(member);
        }
        heard(
                new GroupEvent(
                        System.currentTimeMillis(),
                        member,
                        "",
                        0,
                        new Fact.Told(Ownership.PAUSED, "")));
    }

    private void heard(GroupEvent event) {
        synchronized (lock) {
            events.add(event);
            record(event);
            switch (event.fact()) {
                case Fact.Assigned(var some) -> {
                    joined.add(event.member());
                    some.forEach(partition -> owners.put(partition, event.member()));
                }
                case Fact.Revoked(var some) ->
                        some.forEach(partition -> owners.remove(partition, event.member()));
                case Fact.Lost(var some) ->
                        some.forEach(partition -> owners.remove(partition, event.member()));
                default -> {}
            }
        }
    }

    /// For whoever looks into a failed test.
    private void record(Object event) {
        try {
            Files.writeString(
                    log, event + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String absent() {
        Set<String> absent = new TreeSet<>();
        processes.forEach(one -> absent.addAll(one.members()));
        synchronized (lock) {
            absent.removeAll(joined);
        }
        return absent.isEmpty() ? "" : "to join " + absent;
    }

    private String unowned() {
        return unownedBy(_ -> true);
    }

    private String unownedBy(Predicate<MemberProcess> which) {
        Set<String> members = new HashSet<>();
        processes.stream().filter(which).forEach(one -> members.addAll(one.members()));
        synchronized (lock) {
            boolean owned = owners.size() == partitions && members.containsAll(owners.values());
            return owned ? "" : "all partitions to be owned by " + members + ", not " + owners;
        }
    }

    /// Waits until the group has read and committed everything, which it must when nothing disturbs it any more (G5).
    void settle(Map<Integer, Long> produced) {
        await(this::unowned);
        await(() -> unread(produced));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            await(() -> uncommitted(produced, committed(admin)));
        }
        await(() -> restless(produced));
    }

    private String restless(Map<Integer, Long> produced) {
        var alive = new TreeSet<String>();
        processes.forEach(one -> alive.addAll(one.members()));
        List<String> violations = GroupChecker.atRest(events(), produced, alive);
        return violations.isEmpty() ? "" : "a group at rest: " + violations;
    }

    private String unread(Map<Integer, Long> produced) {
        Map<Integer, Long> missing = GroupChecker.undelivered(events(), produced);
        return missing.isEmpty() ? "" : "records to be read, from " + missing;
    }

    private static String uncommitted(Map<Integer, Long> produced, Map<Integer, Long> committed) {
        return committed.equals(produced)
                ? ""
                : "%s to be committed, not %s".formatted(produced, committed);
    }

    private Map<Integer, Long> committed(Admin admin) {
        try {
            Map<Integer, Long> offsets = new TreeMap<>();
            admin.listConsumerGroupOffsets(group())
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) ->
                            offsets.put(partition.partition(), offset.offset()));
            return offsets;
        } catch (ExecutionException e) {
            throw new AssertionError(group(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// What is wrong with all that was heard.
    List<String> violations(Map<Integer, Long> produced) {
        return GroupChecker.violations(events(), produced);
    }

    void leaveAll() {
        for (MemberProcess one : List.copyOf(processes)) leave(one);
    }

    void killAll() {
        for (MemberProcess one : List.copyOf(processes)) kill(one);
    }

    /// @param lacking what is not so yet; empty when nothing is
    private void await(Supplier<String> lacking) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (String what = lacking.get(); !what.isEmpty(); what = lacking.get()) {
            for (MemberProcess one : processes) {
                if (!one.isAlive())
                    throw new AssertionError(one + " has ended by itself; see " + log);
            }
            if (System.nanoTime() > end)
                throw new AssertionError(
                        "%s waited %s for %s; owners %s; see %s"
                                .formatted(group(), PATIENCE, what, owners, log));
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
    }

    private void note(String what) {
        System.out.printf("%s %tT %s%n", group(), System.currentTimeMillis(), what);
        synchronized (lock) {
            record(System.currentTimeMillis() + " " + what);
        }
    }
}
