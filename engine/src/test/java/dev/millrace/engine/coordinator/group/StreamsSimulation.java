package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Simulation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A streams application on one coordinator whose commits lag, whose appends are refused and which crashes, over topics that
/// are missing, grow and go; one seed decides everything.
///
/// As in [ConsumerSimulation] requests and answers get lost, and those that say nothing of what their sender has come late. Who
/// may have lost an answer with tasks joins again when there is peace: a coordinator does not tell them twice.
final class StreamsSimulation implements Simulation, StreamsInstance.Around {
    private static final int STEPS = 600;
    private static final int INSTANCES = 5;

    private final Random random;
    private final ConsumerWorld world;
    private final int standbys;
    private final StreamsApplication application;
    private final CoordinatorFaults faults;
    private final ReplayedShard replayed;
    private final List<StreamsInstance> instances = new ArrayList<>();
    private final OffsetLedger offsets = new OffsetLedger();
    private final StringBuilder trace = new StringBuilder();

    /// Who was last seen with an active task, and how many had it before (G2).
    private final Map<String, Tenure> tenures = new HashMap<>();

    private record Tenure(@Nullable String owner, int number) {
        static final Tenure NONE = new Tenure(null, 0);
    }

    /// What somebody has done who must not.
    private @Nullable String wrong;

    /// The leadership in which the group was last seen, and its epoch then.
    private int leadership;

    private int groupEpoch;
    private int staleCommits;
    private boolean peace;

    /// The log when it was last checked.
    private List<? extends Number> checked = List.of();

    StreamsSimulation(long seed) {
        random = new Random(seed);
        standbys = random.nextInt(2);
        int delayMs = random.nextBoolean() ? 0 : 3_000;
        int intervalMs = random.nextBoolean() ? 0 : 1_000;
        var config = config(delayMs, intervalMs, standbys);
        world = new ConsumerWorld(seed, ConsumerWorld.config(0).withStreams(config));
        application = new StreamsApplication(world);
        faults = new CoordinatorFaults(random, world);
        replayed = new ReplayedShard(world.world);
        for (int i = 0; i < INSTANCES; i++) {
            instances.add(new StreamsInstance(random, this, i, i == 0 ? "instance-0" : null));
            instances.getLast().start();
        }
    }

    static StreamsGroupConfig config(int delayMs, int intervalMs, int standbys) {
        StreamsGroupConfig d = StreamsGroupConfig.DEFAULTS;
        return new StreamsGroupConfig(
                d.enabled(),
                ConsumerWorld.SESSION_MS,
                d.heartbeatIntervalMs(),
                delayMs,
                intervalMs,
                d.taskOffsetIntervalMs(),
                standbys,
                d.numWarmupReplicas(),
                d.acceptableRecoveryLag(),
                d.rackAwareAssignmentTags(),
                d.assignor(),
                d.maxSize(),
                d.limits());
    }

    @Override
    public String trace() {
        return trace.toString();
    }

    /// How often somebody was given tasks.
    @Override
    public int events() {
        return instances.stream().mapToInt(instance -> instance.handovers).sum();
    }

    /// How many commits were refused as too old.
    int staleCommits() {
        return staleCommits;
    }

    // ---- what is around the instances

    /// The topics that it lacks are made at once, after a while, or not: then the next heartbeat asks for them again.
    @Override
    public CompletionStage<StreamsHeartbeat> beat(StreamsGroupHeartbeatRequestData request) {
        boolean isOld = isOld(request);
        return world.world
                .groups
                .streamsHeartbeat(GroupWorld.caller(1), request)
                .thenApply(answer -> {
                    if (isOld && answer.response().errorCode() == Errors.NONE.code()) {
                        wrong = "G2 stale heartbeat of " + request.memberId();
                    }
                    if (peace || random.nextInt(3) == 0) {
                        application.create(answer.missingTopics());
                    }
                    return answer;
                });
    }

    /// Of an epoch that is over, without a word about what its sender has.
    private boolean isOld(StreamsGroupHeartbeatRequestData request) {
        StreamsGroup group = group();
        StreamsMember member = group == null ? null : group.member(request.memberId());
        return request.memberEpoch() > 0
                && request.activeTasks() == null
                && (member == null || member.epoch() != request.memberEpoch());
    }

    @Override
    public void later(Supplier<? extends CompletionStage<?>> request) {
        faults.later(request);
    }

    @Override
    public boolean isPeace() {
        return peace;
    }

    @Override
    public void log(String what) {
        trace.append(what).append('\n');
    }

    /// G2: of an earlier epoch is taken what its sender has had since then, and of nobody else anything.
    @Override
    public Supplier<CompletionStage<Errors>> commit(String memberId, int epoch, String task) {
        check(); // whose it is now
        Tenure asked = tenures.getOrDefault(task, Tenure.NONE);
        int crashes = faults.crashes();
        int index = Integer.parseInt(task.substring(3));
        return () -> {
            StreamsGroup group = group();
            StreamsMember member = group == null ? null : group.member(memberId);
            boolean isPresent = member != null && member.epoch() == epoch;
            boolean hasIt = group != null && memberId.equals(group.holders().active("0", index));
            boolean hadItSince =
                    hasIt
                            && (crashes != faults.crashes()
                                    || asked.equals(tenures.getOrDefault(task, Tenure.NONE)));
            long offset = offsets.next(index);
            var request = world.committing(memberId, epoch, "t" + index, offset);
            return world.world
                    .groups
                    .commit(GroupWorld.caller(9), request)
                    .thenApply(answer -> {
                        Errors error = GroupWorld.error(answer);
                        if (error == Errors.NONE) {
                            offsets.acknowledged(index, offset);
                            if (!isPresent && !hadItSince) {
                                wrong = "G2 stale commit of " + task + " by " + memberId;
                            }
                        } else if (error == Errors.STALE_MEMBER_EPOCH) {
                            staleCommits++;
                        }
                        return error;
                    });
        };
    }

    private @Nullable StreamsGroup group() {
        return world.world.shard().streamsGroup(ConsumerWorld.GROUP);
    }

    // ---- the world's doings

    @Override
    public void run() {
        for (int step = 0; step < STEPS; step++) {
            disturb();
            instances.get(random.nextInt(INSTANCES)).step();
            world.pass(random.nextInt(800));
            check();
        }
    }

    private void disturb() {
        StreamsInstance instance = instances.get(random.nextInt(INSTANCES));
        int what = random.nextInt(80);
        switch (what) {
            case 0, 1, 2 -> {
                if (!instance.running) {
                    instance.start();
                }
            }
            case 3 -> instance.die();
            case 4 -> {
                if (instance.mayLeave()) {
                    instance.leave();
                }
            }
            case 15 -> changeTopics();
            case 16 -> application.repair();
            case 17 -> instance.getStuck();
            default -> faults.strike(what - 5);
        }
    }

    private void changeTopics() {
        if (random.nextInt(3) == 0) {
            log("u goes");
            application.lose();
        } else {
            log("t grows");
            application.grow();
        }
    }

    /// No more faults; somebody sees to the topics; and perhaps nothing else happens any more.
    @Override
    public void settle() {
        peace = true;
        world.world.log.commitAtOnce(true);
        faults.forgetLate();
        application.repair();
        if (random.nextInt(3) > 0) {
            lastChanges();
        }
        for (int round = 0; round < 150; round++) {
            instances.forEach(StreamsInstance::step);
            check();
            world.pass(1_000);
        }
        checkPeace();
    }

    /// Some are dead and stay so, the others come back; and perhaps there is a last crash.
    private void lastChanges() {
        for (StreamsInstance instance : instances) {
            if (random.nextInt(4) == 0) {
                instance.die();
            } else if (!instance.running) {
                instance.start();
            }
        }
        if (random.nextBoolean()) {
            faults.crash();
        }
    }

    /// G5: those who run do everything between them, and nothing twice.
    private void checkPeace() {
        StreamsGroup group = group();
        var running = instances.stream().filter(instance -> instance.running).toList();
        if (running.isEmpty()) {
            check(group == null || group.isEmpty(), "G5 nobody is left");
            return;
        }
        check(group != null && group.size() == running.size(), "G5 all who run are members");
        check(world.world.state().equals("Stable"), "G5 is " + world.world.state());
        var done = new TreeSet<String>();
        var copies = new TreeMap<String, Integer>();
        var processes = new TreeSet<String>();
        for (StreamsInstance instance : running) {
            check(instance.holds.equals(instance.assigned), "G5 all do what they were given");
            done.addAll(instance.holds);
            processes.add(instance.process());
            instance.holds.forEach(task -> copies.merge(task.substring(1), 1, Integer::sum));
        }
        check(done.containsAll(application.active()), "G5 all is done: " + done);
        int most = 1 + Math.min(standbys, processes.size() - 1);
        for (String task : application.stateful()) {
            check(copies.getOrDefault(task, 0) == most, "G5 copies of " + task);
        }
    }

    // ---- what must hold

    private void check() {
        check(wrong == null, String.valueOf(wrong));
        checkHolders();
        var log = world.world.log;
        var now = List.of(log.leaderEpoch(), log.endOffset(), log.highWatermark());
        if (!now.equals(checked)) {
            checked = now;
            checkFacts();
        }
    }

    /// What follows from the log alone.
    private void checkFacts() {
        StreamsGroup group = group();
        StreamsGroup stored = replayed.now().streamsGroup(ConsumerWorld.GROUP);
        check((group == null) == (stored == null), "G4 the group is the log's");
        if (group != null && stored != null) {
            check(facts(group).equals(facts(stored)), "G4 the members are the log's");
            checkEpochs(group);
            checkOwners(group);
        }
        String lost = offsets.lost(world.world);
        check(lost == null, "G3 " + lost);
    }

    /// G1, as it is: of those whom the coordinator counts as members one at most runs a task, and of a process one at most has
    /// it in any role.
    private void checkHolders() {
        StreamsGroup group = group();
        var owners = new HashMap<String, String>();
        for (StreamsInstance instance : instances) {
            if (group != null && group.member(instance.memberId) != null) {
                for (String task : instance.holds) {
                    String here = instance.process() + task.substring(1);
                    checkAlone(owners.put(here, instance.memberId), instance.memberId, here);
                    if (task.startsWith("a")) {
                        checkAlone(owners.put(task, instance.memberId), instance.memberId, task);
                    }
                }
            }
        }
    }

    /// G1, as the coordinator sees it; and who has had what, for the commits to come.
    private void checkOwners(StreamsGroup group) {
        var owners = new TreeMap<String, String>();
        for (StreamsMember member : group.members().values()) {
            StreamsAssignment current = member.current();
            for (StreamsHoldings part : List.of(current.assigned(), current.revoking())) {
                part.active()
                        .forEach((id, epochs) ->
                                epochs.forEach((partition, since) -> {
                                    String task = "a" + id + "_" + partition;
                                    checkAlone(owners.put(task, member.id()), member.id(), task);
                                    check(
                                            since <= group.epoch(),
                                            "G2 had since before it was given");
                                }));
            }
        }
        for (String task : application.active()) {
            Tenure last = tenures.getOrDefault(task, Tenure.NONE);
            String owner = owners.get(task);
            if (owner == null ? last.owner() != null : !owner.equals(last.owner())) {
                tenures.put(task, new Tenure(owner, last.number() + 1));
            }
        }
    }

    private void checkAlone(@Nullable String other, String member, String task) {
        check(
                other == null || other.equals(member),
                "G1 " + other + " and " + member + " have " + task);
    }

    private void checkEpochs(StreamsGroup group) {
        check(group.targetEpoch() <= group.epoch(), "G2 targets are of a group epoch");
        boolean sameLeader = leadership == world.world.log.leaderEpoch();
        check(!sameLeader || group.epoch() >= groupEpoch, "G2 the group's epoch rises");
        leadership = world.world.log.leaderEpoch();
        groupEpoch = group.epoch();
        for (StreamsMember member : group.members().values()) {
            check(member.epoch() <= group.targetEpoch(), "G2 a member is at a target's epoch");
        }
    }

    private static Object facts(StreamsGroup group) {
        var targets = new TreeMap<String, Object>();
        group.members()
                .keySet()
                .forEach(id -> targets.put(id, Optional.ofNullable(group.target(id))));
        return List.of(
                group.facts(),
                group.targetEpoch(),
                group.targetComputedMs(),
                group.members(),
                targets,
                Optional.ofNullable(group.topology()));
    }

    @Override
    public void check(boolean holds, String rule) {
        if (!holds) {
            int from = Math.max(0, trace.length() - 2_500);
            throw new AssertionError(rule + "\n" + trace.substring(from));
        }
    }
}
