package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Simulation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A group of clients that behave as Kafka's do, on one coordinator whose commits lag, whose appends are refused and which
/// crashes; one seed decides everything.
final class GroupSimulation implements Simulation {
    private static final int CLIENTS = 5;
    private static final int PARTITIONS = 8;
    private static final int STEPS = 600;
    private static final int MOST_LATE = 5;
    private static final List<Errors> REFUSALS =
            List.of(Errors.NOT_ENOUGH_REPLICAS, Errors.KAFKA_STORAGE_ERROR);

    private final Random random;
    private final GroupWorld world;
    private final ReplayedShard replayed;
    private final List<Client> clients = new ArrayList<>();
    private final StringBuilder trace = new StringBuilder();

    /// Requests that are still on their way, though nobody waits for their answers any more; at most [#MOST_LATE].
    private final ArrayDeque<Supplier<? extends CompletionStage<?>>> late = new ArrayDeque<>();

    /// Who was told to own a partition, by generation and partition (G1).
    private final Map<String, String> owners = new HashMap<>();

    /// The highest generation in which an assignment was heard.
    private int heardGeneration;

    private int stableGenerations;

    /// The last offset whose commit was answered, and the highest that was asked for, by partition (G3).
    private final TreeMap<Integer, Long> acknowledged = new TreeMap<>();

    private long nextOffset = 1;

    /// Somebody who was no member of the present generation has committed.
    private boolean staleCommits;

    /// The last offset that reached the coordinator, by partition.
    private final Map<Integer, Long> lastSent = new HashMap<>();

    private final Map<Integer, TreeSet<Long>> possible = new HashMap<>();

    GroupSimulation(long seed) {
        random = new Random(seed);
        world =
                new GroupWorld(
                        seed,
                        GroupConfig.DEFAULTS.withInitialRebalanceDelayMs(
                                random.nextBoolean() ? 0 : 3_000));
        replayed = new ReplayedShard(world);
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new Client(i, i == 0 ? "instance-0" : null));
            clients.getLast().start();
        }
    }

    @Override
    public String trace() {
        return trace.toString();
    }

    @Override
    public int events() {
        return stableGenerations;
    }

    // ---- the clients

    /// One consumer, as a state machine of what it waits for.
    private final class Client {
        final int number;
        final @Nullable String instanceId;
        boolean running;
        String memberId = "";

        /// In the order of its preference, which is another each time that it starts: so does the group's change.
        String[] protocols = {"other", "range"};

        int generation = -1;
        boolean member;
        int lastHeard;
        @Nullable Supplier<@Nullable Runnable> waiting;

        Client(int number, @Nullable String instanceId) {
            this.number = number;
            this.instanceId = instanceId;
        }

        void start() {
            running = true;
            protocols = new String[] {protocols[1], protocols[0]};
            memberId = "";
            member = false;
            waiting = null;
        }

        /// Does whatever is next.
        void step() {
            if (!running) {
                return;
            }
            if (waiting != null) {
                Runnable next = waiting.get();
                if (next != null) {
                    waiting = null;
                    next.run();
                }
            } else if (!member) {
                join();
            } else if (random.nextInt(3) == 0) {
                commit();
            } else {
                heartbeat();
            }
        }

        private void join() {
            String as = memberId;
            String[] offered = protocols;
            ask(() -> world.join(9, as, instanceId, offered), this::joined);
        }

        /// Sends. A request may get lost, or come late, or its answer is lost: the client gives up waiting and goes on.
        private <T> void ask(Supplier<CompletionStage<T>> request, Consumer<T> heard) {
            switch (random.nextInt(60)) {
                case 0 -> log("is not heard");
                case 1 -> {
                    log("is heard late");
                    late.add(request);
                    if (late.size() > MOST_LATE) {
                        late.remove();
                    }
                }
                case 2 -> {
                    log("does not hear the answer");
                    var _ = request.get();
                }
                default -> await(request.get(), heard);
            }
        }

        private <T> void await(CompletionStage<T> answer, Consumer<T> heard) {
            waiting =
                    () -> {
                        T told = GroupWorld.now(answer);
                        return told == null ? null : () -> heard.accept(told);
                    };
        }

        private void joined(JoinGroupResponseData answer) {
            Errors error = Errors.forCode(answer.errorCode());
            log("joins " + error + " " + answer.generationId());
            switch (error) {
                case NONE -> sync(answer);
                case MEMBER_ID_REQUIRED -> memberId = answer.memberId();
                case UNKNOWN_MEMBER_ID -> memberId = "";
                case FENCED_INSTANCE_ID -> running = false;
                default -> {}
            }
        }

        private void sync(JoinGroupResponseData joined) {
            memberId = joined.memberId();
            generation = joined.generationId();
            var assignments = new ArrayList<String>();
            if (memberId.equals(joined.leader()) && !joined.skipAssignment()) {
                var members = joined.members();
                for (JoinGroupResponseMember one : members) {
                    var mine = new StringBuilder();
                    for (int p = members.indexOf(one); p < PARTITIONS; p += members.size()) {
                        mine.append(p).append(' ');
                    }
                    assignments.add(one.memberId());
                    assignments.add(mine.toString());
                }
            }
            String as = memberId;
            int in = generation;
            ask(() -> world.sync(as, in, assignments.toArray(String[]::new)), this::synced);
        }

        private void synced(SyncGroupResponseData answer) {
            Errors error = Errors.forCode(answer.errorCode());
            String mine = new String(answer.assignment(), StandardCharsets.UTF_8);
            log("syncs " + error + " [" + mine + "]");
            if (error != Errors.NONE) {
                rejoin(error);
                return;
            }
            member = true;
            heard(mine);
        }

        private void heard(String mine) {
            if (generation > heardGeneration) {
                stableGenerations++;
            }
            heardGeneration = Math.max(heardGeneration, generation);
            // Each client reads its answers in order, but late: others may have heard of later
            // ones.
            check(generation >= lastHeard, "G2 generations rise");
            lastHeard = generation;
            String who = instanceId == null ? memberId : instanceId;
            for (String partition : mine.split(" ", -1)) {
                if (!partition.isEmpty()) {
                    String before = owners.putIfAbsent(generation + "/" + partition, who);
                    check(before == null || before.equals(who), "G1 one owner of " + partition);
                }
            }
        }

        private void rejoin(Errors error) {
            member = false;
            if (error == Errors.UNKNOWN_MEMBER_ID || error == Errors.ILLEGAL_GENERATION) {
                memberId = error == Errors.UNKNOWN_MEMBER_ID ? "" : memberId;
            }
            if (error == Errors.FENCED_INSTANCE_ID) {
                running = false;
            }
        }

        private void heartbeat() {
            String as = memberId;
            int in = generation;
            ask(() -> world.heartbeat(as, in), this::beaten);
        }

        private void beaten(Errors error) {
            log("beats " + error);
            switch (error) {
                case REBALANCE_IN_PROGRESS,
                        ILLEGAL_GENERATION,
                        UNKNOWN_MEMBER_ID,
                        FENCED_INSTANCE_ID ->
                        rejoin(error);
                default -> {}
            }
        }

        private void commit() {
            int partition = random.nextInt(PARTITIONS);
            long offset = nextOffset++;
            int with = generation;
            possible.computeIfAbsent(partition, _ -> new TreeSet<>()).add(offset);
            String as = memberId;
            ask(
                    () -> commit(as, with, partition, offset),
                    error -> committed(partition, offset, error));
        }

        /// G2, also for a commit that comes late: only members commit, and only in the present generation. One that comes late
        /// and is of the present generation would take back a later one, as it does in Kafka: such a one gets lost instead.
        private CompletionStage<Errors> commit(String as, int with, int partition, long offset) {
            ClassicGroup group = world.shard().classicGroup(GroupWorld.GROUP);
            boolean current = group != null && group.generation() == with && group.hasMember(as);
            if (current && offset < lastSent.getOrDefault(partition, 0L)) {
                return new CompletableFuture<>();
            }
            lastSent.merge(partition, offset, Math::max);
            return world.commit(as, with, partition, offset)
                    .thenApply(answer -> {
                        Errors error = GroupWorld.error(answer);
                        staleCommits |= !current && error == Errors.NONE;
                        return error;
                    });
        }

        private void committed(int partition, long offset, Errors error) {
            log("commits " + partition + "@" + offset + " " + error);
            if (error == Errors.NONE) {
                acknowledged.merge(partition, offset, Math::max);
            } else {
                beaten(error);
            }
        }

        private void log(String what) {
            trace.append(number).append(' ').append(what).append('\n');
        }
    }

    // ---- the world's doings

    @Override
    public void run() {
        for (int step = 0; step < STEPS; step++) {
            disturb();
            Client client = clients.get(random.nextInt(CLIENTS));
            client.step();
            world.env.time.advance(random.nextInt(400));
            check();
        }
    }

    private void disturb() {
        Client client = clients.get(random.nextInt(CLIENTS));
        switch (random.nextInt(80)) {
            case 0, 1, 2 -> {
                if (!client.running) {
                    client.start();
                }
            }
            case 3 ->
                    client.running =
                            false; // dies; a static member comes back under its instance id
            case 4 -> leave(client);
            case 5 -> world.log.commitAtOnce(false);
            case 6, 7 -> world.log.commitAtOnce(true);
            case 8 -> world.log.commitTo(world.log.endOffset() - random.nextInt(3));
            case 9, 10 -> world.log.refuseNext(REFUSALS.get(random.nextInt(REFUSALS.size())));
            case 11 -> crash();
            case 12 -> world.env.time.advance(random.nextInt(2 * GroupWorld.SESSION_MS));
            case 13, 14 -> {
                if (!late.isEmpty()) {
                    var _ = late.remove().get();
                }
            }
            default -> {}
        }
    }

    private void leave(Client client) {
        if (client.member && client.waiting == null) {
            var members =
                    List.of(
                            new MemberIdentity()
                                    .setMemberId(client.memberId)
                                    .setGroupInstanceId(client.instanceId));
            var answer =
                    world.groups.leave(
                            new LeaveGroupRequestData()
                                    .setGroupId(GroupWorld.GROUP)
                                    .setMembers(members));
            client.waiting = () -> GroupWorld.now(answer) == null ? null : client::start;
        }
    }

    private void crash() {
        if (random.nextBoolean()) {
            world.crash();
        } else {
            world.resign();
        }
    }

    /// No more faults, but for those who are dead and stay so, and perhaps a last crash: those who run end up in one stable
    /// group, alone (G5).
    @Override
    public void settle() {
        world.log.commitAtOnce(true);
        for (Client client : clients) {
            client.running = client.instanceId != null || random.nextInt(3) > 0;
        }
        if (random.nextBoolean()) {
            crash();
        }
        for (int round = 0; round < 400; round++) {
            clients.forEach(this::goOn);
            check();
            world.env.time.advance(300);
        }
        long running = clients.stream().filter(client -> client.running).count();
        var group = world.shard().classicGroup(GroupWorld.GROUP);
        check(
                group != null
                        && group.state() instanceof ClassicState.Stable
                        && group.size() == running,
                "G5 stable with all who run: " + world.state());
        check(
                clients.stream().allMatch(client -> client.member || !client.running),
                "G5 everybody who runs is a member");
    }

    /// A static member may be fenced by its earlier self, which a coordinator that was lost has brought back: it starts anew.
    private void goOn(Client client) {
        if (!client.running && client.instanceId != null) {
            client.start();
        }
        client.step();
    }

    // ---- what must hold

    private void check() {
        check(!staleCommits, "G2 stale commit");
        GroupShard live = world.shard();
        GroupShard replayed = this.replayed.now();
        check(asMap(live.offsets()).equals(asMap(replayed.offsets())), "G4 offsets are the log's");
        ClassicGroup group = live.classicGroup(GroupWorld.GROUP);
        ClassicGroup stored = replayed.classicGroup(GroupWorld.GROUP);
        check((group == null) == (stored == null), "G4 the group is the log's");
        if (group != null && stored != null) {
            boolean settled = group.isEmpty() || group.state() instanceof ClassicState.Stable;
            check(!settled || facts(group).equals(facts(stored)), "G4 the members are the log's");
            check(group.generation() >= stored.generation(), "G2 generations rise");
        }
        checkOffsets();
    }

    /// G3: what is shown is what was last acknowledged, or was sent after it and may have come to be.
    private void checkOffsets() {
        for (Map.Entry<Integer, Long> entry : acknowledged.entrySet()) {
            Long shown = world.offset(entry.getKey());
            if (shown != null) {
                check(
                        shown >= entry.getValue()
                                && possible.getOrDefault(entry.getKey(), new TreeSet<>())
                                        .contains(shown),
                        "G3 offset of %d is %d, acknowledged was %d"
                                .formatted(entry.getKey(), shown, entry.getValue()));
            }
        }
    }

    static Object facts(ClassicGroup group) {
        return group.facts(group.assignments(), 0);
    }

    private static Map<String, Object> asMap(Offsets offsets) {
        var all = new TreeMap<String, Object>();
        for (String group : offsets.groups()) {
            offsets.of(group)
                    .forEach((topic, partitions) -> {
                        for (int i = 0; i < partitions.size(); i++) {
                            all.put(
                                    group + " " + topic + " " + partitions.partition(i),
                                    partitions.at(i));
                        }
                    });
        }
        return all;
    }

    private void check(boolean holds, String rule) {
        if (!holds) {
            int from = Math.max(0, trace.length() - 1_500);
            throw new AssertionError(rule + "\n" + trace.substring(from));
        }
    }
}
