package dev.millrace.engine.coordinator.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
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
/// lag, whose appends are refused and which crashes; one seed decides everything.
final class MixedSimulation {
    static final int STEPS = 500;
    private static final int CONSUMERS = 4;
    private static final List<Errors> REFUSALS =
            List.of(Errors.NOT_ENOUGH_REPLICAS, Errors.KAFKA_STORAGE_ERROR);

    private final Random random;
    private final ConsumerWorld world;
    private final List<Consumers> consumers = new ArrayList<>();
    private final StringBuilder trace = new StringBuilder();

    /// The kind of the group when it was last looked at, and how often it was another.
    private Group.@Nullable Kind kind;

    private int conversions;

    MixedSimulation(long seed) {
        random = new Random(seed);
        world = new ConsumerWorld(seed, ConsumerWorld.config(random.nextBoolean() ? 0 : 1_000));
        world.metadata.topic("t", 6, 1);
        for (int i = 0; i < CONSUMERS; i++) {
            consumers.add(new Consumers(i, i == 0 ? "instance-0" : null));
            consumers.getLast().start(random.nextInt(3));
        }
    }

    String trace() {
        return trace.toString();
    }

    int conversions() {
        return conversions;
    }

    /// What a consumer has to do next, and what it holds: it speaks one of the protocols, as often as not another after a restart.
    private interface Speaker {
        void step(Consumers consumer);

        void leave(Consumers consumer);

        /// Partitions that it reads.
        String holds();

        boolean isMember();
    }

    /// One place for a consumer.
    private final class Consumers {
        final int number;
        final @Nullable String instanceId;
        @Nullable Speaker speaker;
        int starts;

        /// Gives what to do once the answer is here.
        @Nullable Supplier<@Nullable Runnable> waiting;

        Consumers(int number, @Nullable String instanceId) {
            this.number = number;
            this.instanceId = instanceId;
        }

        /// @param kind 0 for the consumer protocol, 1 and 2 for the classic one, eager and cooperative
        void start(int kind) {
            starts++;
            waiting = null;
            speaker =
                    kind == 0
                            ? new Young(world.new Member(number + "." + starts, instanceId))
                            : new Old(new ClassicConsumer(world, instanceId, kind == 2));
            log("starts as " + (kind == 0 ? "young" : kind == 1 ? "eager" : "cooperative"));
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
                speaker.step(this);
            }
        }

        /// Sends; now and then the answer gets lost.
        <T> void ask(CompletionStage<T> answer, Consumer<T> heard) {
            if (random.nextInt(60) == 0) {
                log("does not hear the answer");
                return;
            }
            waiting =
                    () -> {
                        T told = GroupWorld.now(answer);
                        return told == null ? null : () -> heard.accept(told);
                    };
        }

        void log(String what) {
            trace.append(number).append(' ').append(what).append('\n');
        }
    }

    /// Of the consumer protocol.
    private final class Young implements Speaker {
        private final ConsumerWorld.Member member;
        private boolean joined;

        /// It does not know whether it was heard: it says everything again, and hears everything.
        private boolean sayAll;

        Young(ConsumerWorld.Member member) {
            this.member = member;
        }

        @Override
        public String holds() {
            return member.has;
        }

        @Override
        public boolean isMember() {
            return joined;
        }

        @Override
        public void step(Consumers consumer) {
            ConsumerGroupHeartbeatRequestData request =
                    joined
                            ? member.request().setTopicPartitions(world.owned(member.has))
                            : member.joining("t");
            if (sayAll) {
                request.setRebalanceTimeoutMs(ConsumerWorld.REBALANCE_MS)
                        .setSubscribedTopicNames(List.of("t"));
            }
            sayAll = true;
            consumer.ask(world.ask(request), answer -> heard(consumer, answer));
        }

        private void heard(Consumers consumer, ConsumerGroupHeartbeatResponseData answer) {
            Errors error = ConsumerWorld.error(answer);
            switch (error) {
                case NONE -> {
                    joined = true;
                    sayAll = false;
                    member.epoch = answer.memberEpoch();
                    if (answer.assignment() != null) {
                        member.has = world.text(answer.assignment());
                    }
                }
                // It may be the static member's turn to wait until its earlier self is given up.
                case UNRELEASED_INSTANCE_ID,
                        COORDINATOR_NOT_AVAILABLE,
                        NOT_COORDINATOR,
                        COORDINATOR_LOAD_IN_PROGRESS -> {}
                case FENCED_INSTANCE_ID -> consumer.stop();
                default -> {
                    joined = false;
                    member.has = "";
                }
            }
            consumer.log("beats " + error + " " + member.epoch + " [" + member.has + "]");
        }

        @Override
        public void leave(Consumers consumer) {
            var _ = world.ask(member.request().setMemberEpoch(-1));
            consumer.stop();
        }
    }

    /// Of the classic protocol.
    private static final class Old implements Speaker {
        private final ClassicConsumer member;
        private boolean joined;

        Old(ClassicConsumer member) {
            this.member = member;
        }

        @Override
        public String holds() {
            return member.has;
        }

        @Override
        public boolean isMember() {
            return joined;
        }

        @Override
        public void step(Consumers consumer) {
            if (joined) {
                consumer.ask(member.askBeat(), error -> beaten(consumer, error));
            } else {
                consumer.ask(member.askJoin(), answer -> joined(consumer, answer));
            }
        }

        private void joined(Consumers consumer, JoinGroupResponseData answer) {
            Errors error = member.joined(answer);
            consumer.log("joins " + error + " " + member.generation);
            if (error == Errors.NONE) {
                consumer.ask(member.askSync(), synced -> synced(consumer, synced));
            } else {
                again(consumer, error);
            }
        }

        private void synced(Consumers consumer, SyncGroupResponseData answer) {
            String had = member.has;
            Errors error = member.synced(answer);
            consumer.log("syncs " + error + " [" + member.has + "]");
            joined = error == Errors.NONE;
            if (joined && mustSayWhatItGaveUp(had)) {
                joined = false;
            }
            if (error != Errors.NONE) {
                again(consumer, error);
            }
        }

        /// As a cooperative client does: it joins again at once when it had to give something up.
        private boolean mustSayWhatItGaveUp(String had) {
            var gone = new TreeSet<>(List.of(had.split(" ", -1)));
            gone.removeAll(List.of(member.has.split(" ", -1)));
            gone.remove("");
            return !gone.isEmpty();
        }

        private void beaten(Consumers consumer, Errors error) {
            consumer.log("beats " + error);
            again(consumer, error);
        }

        private void again(Consumers consumer, Errors error) {
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
                case FENCED_INSTANCE_ID -> consumer.stop();
                default -> {
                    joined = false;
                    member.memberId = "";
                    member.has = "";
                }
            }
        }

        @Override
        public void leave(Consumers consumer) {
            if (!member.memberId.isEmpty()) {
                var _ = member.askLeave();
            }
            consumer.stop();
        }
    }

    // ---- the world's doings

    /// A seed's whole life: faults, then peace.
    void runAll() {
        run(STEPS);
        settle();
    }

    void run(int steps) {
        for (int step = 0; step < steps; step++) {
            disturb();
            consumers.get(random.nextInt(CONSUMERS)).step();
            world.pass(random.nextInt(400));
            check();
        }
    }

    private void disturb() {
        Consumers consumer = consumers.get(random.nextInt(CONSUMERS));
        switch (random.nextInt(40)) {
            case 0, 1, 2, 3 -> {
                if (consumer.speaker == null) {
                    consumer.start(random.nextInt(3));
                }
            }
            case 4 -> consumer.stop();
            case 5, 6, 7 -> {
                if (consumer.speaker != null && consumer.waiting == null) {
                    consumer.speaker.leave(consumer);
                }
            }
            case 8 -> world.world.log.commitAtOnce(false);
            case 9, 10 -> world.world.log.commitAtOnce(true);
            case 11 -> world.world.log.refuseNext(REFUSALS.get(random.nextInt(REFUSALS.size())));
            case 12 -> world.world.crash();
            case 13 -> world.pass(random.nextInt(2 * ClassicConsumer.SESSION_MS));
            default -> {}
        }
    }

    /// No more faults: those who run end up members of one stable group, and read every partition once (G5, G1).
    void settle() {
        world.world.log.commitAtOnce(true);
        for (Consumers consumer : consumers) {
            if (consumer.speaker == null) {
                consumer.start(random.nextInt(3));
            }
        }
        for (int round = 0; round < 600; round++) {
            for (Consumers consumer : consumers) {
                if (consumer.speaker == null) {
                    consumer.start(random.nextInt(3));
                }
                consumer.step();
            }
            world.pass(300);
            check();
        }
        check("Stable".equals(world.world.state()), "G5 stable: " + world.world.state());
        var read = new ArrayList<String>();
        for (Consumers consumer : consumers) {
            Speaker speaker = Objects.requireNonNull(consumer.speaker);
            check(speaker.isMember(), "G5 " + consumer.number + " is a member");
            if (!speaker.holds().isEmpty()) {
                read.addAll(List.of(speaker.holds().split(" ")));
            }
        }
        read.sort(null);
        check(
                read.equals(List.of("t0", "t1", "t2", "t3", "t4", "t5")),
                "G1, G5 everything is read once: " + read);
    }

    // ---- what must hold

    private void check() {
        Group group = world.world.shard().group(ConsumerWorld.GROUP);
        if (group != null && kind != null && group.kind() != kind) {
            conversions++;
        }
        kind = group == null ? kind : group.kind();
        if (group instanceof ConsumerGroup mixed) {
            checkOwners(mixed);
        }
    }

    /// G1, as the coordinator sees it: who may read a partition is alone in that.
    private void checkOwners(ConsumerGroup group) {
        Map<Object, String> owners = new HashMap<>();
        var all = new TreeMap<>(group.members());
        all.forEach((id, member) ->
                member.current()
                        .assigned()
                        .forEach((topic, partitions) ->
                                partitions
                                        .keySet()
                                        .forEach(partition -> {
                                            String before =
                                                    owners.put(List.of(topic, partition), id);
                                            check(
                                                    before == null,
                                                    "G1 " + partition + ": " + before + ", " + id);
                                        })));
    }

    private void check(boolean holds, String rule) {
        if (!holds) {
            int from = Math.max(0, trace.length() - 2_500);
            throw new AssertionError(rule + "\n" + trace.substring(from));
        }
    }
}
