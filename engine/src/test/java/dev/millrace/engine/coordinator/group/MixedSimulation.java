package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Simulation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// One group whose consumers are restarted with the one protocol or the other, again and again, on a coordinator whose commits
/// lag, whose appends are refused and which crashes, under any migration policy; one seed decides everything.
///
/// Requests and answers get lost, and those that say nothing of what their sender holds come late ([ConsumerSimulation]).
final class MixedSimulation implements Simulation {
    private static final int STEPS = 500;
    private static final int CONSUMERS = 4;
    private static final int PARTITIONS = 6;

    private final Random random;
    private final ConsumerWorld world;
    private final ReplayedShard replayed;
    private final CoordinatorFaults faults;
    private final OffsetLedger offsets = new OffsetLedger();
    private final List<Place> places = new ArrayList<>();
    private final StringBuilder trace = new StringBuilder();

    /// Somebody has committed who must not (G2).
    private boolean staleCommits;

    /// No faults any more.
    private boolean peace;

    /// The kind of the group when it was last looked at, and how often it was another.
    private Group.@Nullable Kind kind;

    private int conversions;

    MixedSimulation(long seed) {
        random = new Random(seed);
        GroupConfig config = ConsumerWorld.config(random.nextBoolean() ? 0 : 1_000);
        world =
                new ConsumerWorld(
                        seed, config.withConsumer(config.consumer().withMigrationPolicy(policy())));
        world.metadata.topic("t", PARTITIONS, 1);
        faults = new CoordinatorFaults(random, world);
        replayed = new ReplayedShard(world.world);
        for (int i = 0; i < CONSUMERS; i++) {
            places.add(new Place(i, i == 0 ? "instance-0" : null));
            places.getLast().start();
        }
    }

    /// Mostly both ways: otherwise little happens.
    private MigrationPolicy policy() {
        MigrationPolicy[] all = MigrationPolicy.values();
        return random.nextInt(3) > 0
                ? MigrationPolicy.BIDIRECTIONAL
                : all[random.nextInt(all.length)];
    }

    @Override
    public String trace() {
        return trace.toString();
    }

    @Override
    public int events() {
        return conversions;
    }

    // ---- the consumers

    /// A place for one consumer after the other.
    private final class Place {
        final int number;
        final @Nullable String instanceId;
        @Nullable Speaker speaker;

        /// It stays dead.
        boolean isGone;

        /// It was removed and has not been given anything since: what it reads is not its own any more, which it may not know.
        boolean removed;

        private int starts;

        /// Gives what to do once the answer is here.
        private @Nullable Supplier<@Nullable Runnable> waiting;

        Place(int number, @Nullable String instanceId) {
            this.number = number;
            this.instanceId = instanceId;
        }

        void start() {
            starts++;
            waiting = null;
            removed = false;
            int protocol = random.nextInt(3);
            speaker =
                    protocol == 0
                            ? new Young(this, number + "." + starts)
                            : new Old(this, new ClassicConsumer(world, instanceId, protocol == 2));
            log("starts as " + List.of("young", "eager", "cooperative").get(protocol));
        }

        void stop() {
            log("stops");
            speaker = null;
            waiting = null;
        }

        void step() {
            if (waiting != null) {
                Runnable next = waiting.get();
                if (next != null) {
                    waiting = null;
                    next.run();
                }
            } else if (speaker != null) {
                boolean commits =
                        speaker.isMember() && !speaker.reads().isEmpty() && random.nextInt(4) == 0;
                if (commits) {
                    commit(speaker);
                } else {
                    speaker.step();
                }
            }
        }

        private void commit(Speaker by) {
            int partition = Integer.parseInt(by.reads().iterator().next().substring(1));
            long offset = offsets.next(partition);
            // Never late: it would take back a later one, as it does in Kafka.
            ask(
                    () -> sendCommit(by.memberId(), by.epoch(), partition, offset),
                    false,
                    error -> {
                        log("commits t%d@%d %s".formatted(partition, offset, error));
                        if (error == Errors.NONE) {
                            offsets.acknowledged(partition, offset);
                        }
                    });
        }

        <T> void ask(Supplier<CompletionStage<T>> request, boolean mayBeLate, Consumer<T> heard) {
            CompletionStage<T> answer = send(request, mayBeLate);
            if (answer == null) {
                log("hears nothing");
                return;
            }
            waiting =
                    () -> {
                        T told = GroupWorld.now(answer);
                        return told == null ? null : () -> heard.accept(told);
                    };
        }

        /// @return null when the request gets lost, comes late, or its answer is lost
        private <T> @Nullable CompletionStage<T> send(
                Supplier<CompletionStage<T>> request, boolean mayBeLate) {
            int luck = peace ? -1 : random.nextInt(60);
            if (luck == 0 || (luck == 1 && !mayBeLate)) {
                return null;
            }
            if (luck == 1) {
                faults.later(request);
                return null;
            }
            CompletionStage<T> answer = request.get();
            return luck == 2 ? null : answer;
        }

        void leave() {
            if (speaker != null && waiting == null) {
                Supplier<? extends CompletionStage<?>> goodbye = speaker.goodbye();
                if (random.nextInt(4) == 0) {
                    faults.later(goodbye);
                } else {
                    var _ = goodbye.get();
                }
                stop();
            }
        }

        void log(String what) {
            trace.append(number).append(' ').append(what).append('\n');
        }
    }

    /// G2: at its present epoch a member commits what it likes, one of the consumer protocol at an earlier one what it has had
    /// since then, and nobody else anything.
    private CompletionStage<Errors> sendCommit(String as, int epoch, int partition, long offset) {
        boolean may =
                switch (world.world.shard().group(ConsumerWorld.GROUP)) {
                    case ConsumerGroup mixed -> {
                        ConsumerMember member = mixed.member(as);
                        yield member != null
                                && (member.epoch() == epoch
                                        || as.equals(mixed.owner(world.topicId("t"), partition)));
                    }
                    case ClassicGroup classic ->
                            classic.hasMember(as) && classic.generation() == epoch;
                    case null, default -> false;
                };
        var request = world.committing(as, epoch, "t" + partition, offset);
        return world.world
                .groups
                .commit(GroupWorld.caller(9), request)
                .thenApply(answer -> {
                    Errors error = GroupWorld.error(answer);
                    staleCommits |= !may && error == Errors.NONE;
                    return error;
                });
    }

    /// What a consumer has to do next, and what it reads.
    private sealed interface Speaker {
        void step();

        Supplier<? extends CompletionStage<?>> goodbye();

        Set<String> reads();

        boolean isMember();

        String memberId();

        int epoch();
    }

    private static Set<String> names(String partitions) {
        var names = new TreeSet<>(List.of(partitions.split(" ", -1)));
        names.remove("");
        return names;
    }

    /// Of the consumer protocol.
    private final class Young implements Speaker {
        private final Place place;
        private final ConsumerWorld.Member member;
        private boolean joined;

        /// It stops reading what was taken from it some time after it hears of that.
        private final Set<String> reads = new TreeSet<>();

        /// What it last said that it reads; null when that may not have been heard: it says everything again.
        private @Nullable String told;

        Young(Place place, String id) {
            this.place = place;
            this.member = world.new Member(id, place.instanceId);
        }

        @Override
        public Set<String> reads() {
            return reads;
        }

        @Override
        public boolean isMember() {
            return joined;
        }

        @Override
        public String memberId() {
            return member.id;
        }

        @Override
        public int epoch() {
            return member.epoch;
        }

        @Override
        public void step() {
            if (random.nextInt(2) == 0) {
                reads.retainAll(names(member.has));
            }
            String now = String.join(" ", reads);
            boolean tells = !joined || !now.equals(told);
            ConsumerGroupHeartbeatRequestData request = joined ? beat(now) : member.joining("t");
            told = now;
            place.ask(() -> world.ask(request), !tells, this::heard);
            if (place.waiting == null) {
                told = null;
            }
        }

        private ConsumerGroupHeartbeatRequestData beat(String now) {
            var request = member.request();
            if (told == null) {
                request.setRebalanceTimeoutMs(ConsumerWorld.REBALANCE_MS)
                        .setSubscribedTopicNames(List.of("t"));
            }
            return now.equals(told) ? request : request.setTopicPartitions(world.owned(now));
        }

        private void heard(ConsumerGroupHeartbeatResponseData answer) {
            Errors error = ConsumerWorld.error(answer);
            boolean wasJoined = joined;
            switch (error) {
                case NONE -> goOn(answer);
                case FENCED_INSTANCE_ID -> place.stop();
                case FENCED_MEMBER_EPOCH, UNKNOWN_MEMBER_ID, GROUP_ID_NOT_FOUND -> abandon();
                // It may be the static member's turn to wait until its earlier self is given up; or
                // nobody is there to answer,
                // and it may have been heard all the same.
                default -> told = null;
            }
            place.log("beats %s %d [%s]".formatted(error, member.epoch, member.has));
            if (error == Errors.GROUP_ID_NOT_FOUND && !wasJoined) {
                place.stop();
            }
        }

        private void goOn(ConsumerGroupHeartbeatResponseData answer) {
            check(!joined || answer.memberEpoch() >= member.epoch, "G2 a member's epoch rises");
            joined = true;
            member.epoch = answer.memberEpoch();
            if (answer.assignment() != null) {
                place.removed = false;
                member.has = world.text(answer.assignment());
                reads.addAll(names(member.has));
            }
        }

        private void abandon() {
            joined = false;
            member.has = "";
            reads.clear();
            told = null;
        }

        @Override
        public Supplier<CompletionStage<ConsumerGroupHeartbeatResponseData>> goodbye() {
            int how = place.instanceId != null && random.nextBoolean() ? -2 : -1;
            var request = member.request().setMemberEpoch(how);
            return () -> world.ask(request);
        }
    }

    /// Of the classic protocol.
    private final class Old implements Speaker {
        private final Place place;
        private final ClassicConsumer member;
        private boolean joined;

        /// The generation of its last assignment: while it is a member, a later one is of a later generation, or the same.
        private int synced;

        Old(Place place, ClassicConsumer member) {
            this.place = place;
            this.member = member;
        }

        @Override
        public Set<String> reads() {
            return names(member.has);
        }

        @Override
        public boolean isMember() {
            return joined;
        }

        @Override
        public String memberId() {
            return member.memberId;
        }

        @Override
        public int epoch() {
            return member.generation;
        }

        @Override
        public void step() {
            if (joined) {
                place.ask(member::askBeat, true, this::beaten);
            } else {
                place.ask(member::askJoin, false, this::joined);
            }
        }

        private void joined(JoinGroupResponseData answer) {
            Errors error = member.joined(answer);
            place.log("joins %s %d".formatted(error, member.generation));
            if (error == Errors.NONE) {
                place.ask(member::askSync, true, this::synced);
            } else if (error == Errors.INCONSISTENT_GROUP_PROTOCOL) {
                place.stop();
            } else {
                again(error);
            }
        }

        private void synced(SyncGroupResponseData answer) {
            Set<String> had = reads();
            Errors error = member.synced(answer);
            place.log("syncs %s [%s]".formatted(error, member.has));
            if (error == Errors.NONE) {
                check(
                        place.removed || member.generation >= synced,
                        "G2 a member's generation rises");
                synced = member.generation;
                place.removed = false;
                // As a cooperative client does: it joins again at once when it had to give
                // something up.
                joined = reads().containsAll(had);
            } else {
                again(error);
            }
        }

        private void beaten(Errors error) {
            place.log("beats " + error);
            again(error);
        }

        private void again(Errors error) {
            switch (error) {
                case NONE,
                        MEMBER_ID_REQUIRED,
                        COORDINATOR_NOT_AVAILABLE,
                        NOT_COORDINATOR,
                        COORDINATOR_LOAD_IN_PROGRESS -> {}
                case REBALANCE_IN_PROGRESS -> joined = false;
                case ILLEGAL_GENERATION -> {
                    joined = false;
                    member.has = "";
                }
                case FENCED_INSTANCE_ID -> place.stop();
                default -> {
                    joined = false;
                    synced = 0;
                    member.memberId = "";
                    member.has = "";
                }
            }
        }

        /// Whoever has no id has nothing to say.
        @Override
        public Supplier<? extends CompletionStage<?>> goodbye() {
            return member.memberId.isEmpty() ? member::askBeat : member::askLeave;
        }
    }

    // ---- the world's doings

    @Override
    public void run() {
        for (int step = 0; step < STEPS; step++) {
            disturb();
            lookForRemoved();
            places.get(random.nextInt(CONSUMERS)).step();
            check();
            world.pass(random.nextInt(400));
            check();
        }
    }

    private void disturb() {
        Place place = places.get(random.nextInt(CONSUMERS));
        int which = random.nextInt(45);
        switch (which) {
            case 0, 1, 2, 3 -> {
                if (place.speaker == null) {
                    place.start();
                }
            }
            case 4 -> place.stop();
            case 5, 6, 7 -> place.leave();
            default -> faults.strike(which - 8);
        }
    }

    /// No more faults, but for those who are dead and stay so, and perhaps a last crash: those who run end up members of one
    /// stable group, and read every partition once (G5, G1). Who is told that its protocol is not welcome tries the other.
    @Override
    public void settle() {
        trace.append("peace\n");
        peace = true;
        world.world.log.commitAtOnce(true);
        faults.forgetLate();
        for (Place place : places) {
            if (place.number > 0 && random.nextInt(4) == 0) {
                place.isGone = true;
                place.stop();
            }
        }
        if (random.nextBoolean()) {
            faults.crash();
        }
        for (int round = 0; round < 250; round++) {
            places.forEach(this::goOn);
            lookForRemoved();
            world.pass(600);
            check();
        }
        checkPeace();
    }

    private void goOn(Place place) {
        if (place.speaker == null && !place.isGone) {
            place.start();
        }
        place.step();
    }

    private void checkPeace() {
        check("Stable".equals(world.world.state()), "G5 stable: " + world.world.state());
        var read = new ArrayList<String>();
        for (Place place : places) {
            if (place.speaker != null) {
                check(place.speaker.isMember(), "G5 " + place.number + " is a member");
                read.addAll(place.speaker.reads());
            } else {
                check(place.isGone, "G5 " + place.number + " runs");
            }
        }
        read.sort(null);
        check(
                read.equals(List.of("t0", "t1", "t2", "t3", "t4", "t5")),
                "G1, G5 everything is read once: " + read);
    }

    // ---- what must hold

    private void lookForRemoved() {
        Group group = world.world.shard().group(ConsumerWorld.GROUP);
        for (Place place : places) {
            place.removed |= place.speaker != null && !knows(group, place.speaker);
        }
    }

    private static boolean knows(@Nullable Group group, Speaker speaker) {
        return switch (group) {
            case ConsumerGroup mixed -> mixed.member(speaker.memberId()) != null;
            case ClassicGroup classic -> classic.hasMember(speaker.memberId());
            case null, default -> false;
        };
    }

    private void check() {
        Group group = world.world.shard().group(ConsumerWorld.GROUP);
        if (group != null && kind != null && group.kind() != kind) {
            conversions++;
            trace.append("the group becomes ").append(group.kind()).append('\n');
        }
        kind = group == null ? kind : group.kind();
        lookForRemoved();
        check(!staleCommits, "G2 stale commit");
        checkOwners();
        checkReplay(group);
        String lost = offsets.lost(world.world);
        check(lost == null, "G3 " + lost);
    }

    /// G1: of those who were members all the time since they were given something, no two read a partition.
    private void checkOwners() {
        Map<String, Integer> owners = new HashMap<>();
        for (Place place : places) {
            if (place.speaker == null || place.removed) {
                continue;
            }
            for (String partition : place.speaker.reads()) {
                Integer before = owners.put(partition, place.number);
                check(
                        before == null,
                        "G1 %d and %d read %s".formatted(before, place.number, partition));
            }
        }
    }

    /// G4: the group is the log's, of whichever kind.
    private void checkReplay(@Nullable Group group) {
        Group stored = replayed.now().group(ConsumerWorld.GROUP);
        check(
                (group == null ? null : group.kind()) == (stored == null ? null : stored.kind()),
                "G4 the kind of the group is the log's");
        if (group instanceof ConsumerGroup live && stored instanceof ConsumerGroup logged) {
            same(facts(live), facts(logged));
        }
        if (group instanceof ClassicGroup live && stored instanceof ClassicGroup logged) {
            boolean settled = live.isEmpty() || live.state() instanceof ClassicState.Stable;
            if (settled) {
                same(GroupSimulation.facts(live), GroupSimulation.facts(logged));
            }
            check(live.generation() >= logged.generation(), "G2 generations rise");
        }
    }

    private static Object facts(ConsumerGroup group) {
        var targets = new TreeMap<String, Object>();
        group.inOrder().forEach(member -> targets.put(member.id(), group.target(member.id())));
        return List.of(
                group.epoch(),
                group.metadataHash(),
                group.targetEpoch(),
                group.members(),
                targets,
                group.topics().asMap());
    }

    private void same(Object live, Object logged) {
        check(live.equals(logged), "G4 the group is the log's: %s; %s".formatted(live, logged));
    }

    private void check(boolean holds, String rule) {
        if (!holds) {
            int from = Math.max(0, trace.length() - 2_500);
            throw new AssertionError(rule + "\n" + trace.substring(from));
        }
    }
}
