package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Simulation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A group of consumers of the consumer protocol that behave as Kafka's do, on one coordinator whose commits lag, whose appends
/// are refused and which crashes, over topics that come and go; one seed decides everything.
///
/// Requests and answers get lost, or come late. Not late is one that says what its sender holds, while the coordinator may take
/// it for the latest: that it is not overtaken by a later one of the same member is what the protocol rests on, and TCP sees
/// to it. Once the member is two epochs further, such a one may come, and is to be refused.
final class ConsumerSimulation implements Simulation {
    private static final int STEPS = 600;
    private static final int CLIENTS = 5;
    private static final int MOST_PARTITIONS = 6;
    private static final List<List<String>> SUBSCRIPTIONS =
            List.of(List.of("t"), List.of("t"), List.of("t", "u"), List.of("u"));

    private final Random random;
    private final ConsumerWorld world;
    private final ReplayedShard replayed;
    private final List<Client> clients = new ArrayList<>();
    private final StringBuilder trace = new StringBuilder();

    private final CoordinatorFaults faults;
    private final OffsetLedger offsets = new OffsetLedger();

    /// The last offset that was sent, by partition.
    private final Map<Integer, Long> lastSent = new HashMap<>();

    /// Somebody has committed who must not (G2).
    private boolean staleCommits;

    private char nextTopic = 'v';

    /// No faults any more, and nobody changes its mind.
    private boolean peace;

    private int incarnations;
    private int handovers;

    ConsumerSimulation(long seed) {
        random = new Random(seed);
        world = new ConsumerWorld(seed, ConsumerWorld.config(random.nextBoolean() ? 0 : 1_000));
        world.metadata.topic("t", 4, 1);
        world.metadata.topic("u", 3, 1);
        replayed = new ReplayedShard(world.world);
        faults = new CoordinatorFaults(random, world);
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new Client(i, i == 0 ? "instance-0" : null));
            clients.getLast().start();
        }
    }

    @Override
    public String trace() {
        return trace.toString();
    }

    /// How often somebody was given partitions.
    @Override
    public int events() {
        return handovers;
    }

    // ---- the clients

    /// One consumer, as a state machine of what it waits for.
    private final class Client {
        final int number;
        final @Nullable String instanceId;
        boolean running;
        boolean joined;
        String memberId = "";
        int epoch;

        /// What it reads now. It stops reading what was taken from it some time after it hears of that.
        final Set<String> holds = new TreeSet<>();

        Set<String> assigned = new TreeSet<>();

        /// What it last said that it holds; null when that may not have been heard.
        @Nullable String told;

        List<String> topics = SUBSCRIPTIONS.getFirst();
        String regex = "";

        @Nullable Supplier<@Nullable Runnable> waiting;

        Client(int number, @Nullable String instanceId) {
            this.number = number;
            this.instanceId = instanceId;
        }

        void start() {
            running = true;
            memberId = "m" + number + "-" + incarnations++;
            waiting = null;
            abandon();
        }

        private void abandon() {
            joined = false;
            epoch = 0;
            holds.clear();
            assigned = new TreeSet<>();
            told = null;
        }

        /// Does whatever is next.
        void step() {
            if (!running) {
                return;
            }
            if (random.nextInt(2) == 0) {
                holds.retainAll(assigned);
            }
            if (waiting != null) {
                Runnable next = waiting.get();
                if (next != null) {
                    waiting = null;
                    next.run();
                }
            } else if (!joined) {
                join();
            } else if (random.nextInt(3) == 0 && !holds.isEmpty()) {
                commit();
            } else {
                heartbeat();
            }
        }

        private ConsumerGroupHeartbeatRequestData request(int atEpoch) {
            return new ConsumerGroupHeartbeatRequestData()
                    .setGroupId(ConsumerWorld.GROUP)
                    .setMemberId(memberId)
                    .setInstanceId(instanceId)
                    .setMemberEpoch(atEpoch);
        }

        private ConsumerGroupHeartbeatRequestData withSubscription(
                ConsumerGroupHeartbeatRequestData request) {
            return request.setSubscribedTopicNames(topics).setSubscribedTopicRegex(regex);
        }

        private void join() {
            abandon();
            var request =
                    withSubscription(request(0))
                            .setRebalanceTimeoutMs(ConsumerWorld.REBALANCE_MS)
                            .setTopicPartitions(List.of());
            ask(request, false, this::heard);
        }

        private void heartbeat() {
            String now = String.join(" ", holds);
            var request = request(epoch);
            boolean changes = !peace && random.nextInt(25) == 0;
            if (changes) {
                subscribe();
                withSubscription(request);
            }
            if (told == null) {
                withSubscription(request).setRebalanceTimeoutMs(ConsumerWorld.REBALANCE_MS);
            }
            boolean tells = !now.equals(told);
            if (tells) {
                request.setTopicPartitions(world.owned(now));
            }
            told = now;
            ask(request, !changes, this::heard);
        }

        private void subscribe() {
            topics = SUBSCRIPTIONS.get(random.nextInt(SUBSCRIPTIONS.size()));
            regex = "";
            if (random.nextInt(3) == 0) {
                topics = List.of();
                regex = random.nextBoolean() ? "[tu]" : "t|[v-z]";
            }
        }

        /// Sends. A request may get lost, or come late, or its answer is lost: the client gives up waiting, and says everything
        /// the next time.
        private void ask(
                ConsumerGroupHeartbeatRequestData request,
                boolean mayBeLate,
                Consumer<ConsumerGroupHeartbeatResponseData> heard) {
            switch (peace ? 59 : random.nextInt(60)) {
                case 0 -> {
                    log("is not heard");
                    told = null;
                }
                case 1 -> {
                    log("does not hear the answer");
                    told = null;
                    var _ = world.ask(request);
                }
                case 2 -> {
                    told = null;
                    if (mayBeLate) {
                        log("is heard late");
                        faults.later(() -> isRivalOfLater(request) ? never() : world.ask(request));
                    }
                }
                default -> await(world.ask(request), heard);
            }
        }

        /// Does it say what its sender held, at an epoch that the coordinator may still believe?
        private boolean isRivalOfLater(ConsumerGroupHeartbeatRequestData request) {
            ConsumerGroup group = world.world.shard().consumerGroup(ConsumerWorld.GROUP);
            ConsumerMember member = group == null ? null : group.member(request.memberId());
            return request.topicPartitions() != null
                    && member != null
                    && request.memberEpoch() >= member.current().previousEpoch();
        }

        private <T> void await(CompletionStage<T> answer, Consumer<T> heard) {
            waiting =
                    () -> {
                        T told = GroupWorld.now(answer);
                        return told == null ? null : () -> heard.accept(told);
                    };
        }

        private void heard(ConsumerGroupHeartbeatResponseData answer) {
            Errors error = ConsumerWorld.error(answer);
            log("beats " + error + " " + answer.memberEpoch());
            switch (error) {
                case NONE -> goOn(answer);
                case FENCED_MEMBER_EPOCH, UNKNOWN_MEMBER_ID, GROUP_ID_NOT_FOUND -> abandon();
                case FENCED_INSTANCE_ID -> {
                    abandon();
                    running = false;
                }
                // Refused, or nobody is there to answer: it may have been heard all the same.
                default -> told = null;
            }
        }

        private void goOn(ConsumerGroupHeartbeatResponseData answer) {
            check(!joined || answer.memberEpoch() >= epoch, "G2 a member's epoch rises");
            joined = true;
            epoch = answer.memberEpoch();
            if (answer.assignment() != null) {
                String text = world.text(answer.assignment());
                log("has [" + text + "]");
                assigned = new TreeSet<>(List.of(text.split(" ", -1)));
                assigned.remove("");
                handovers += holds.containsAll(assigned) ? 0 : 1;
                holds.addAll(assigned);
            }
        }

        private void commit() {
            String partition = holds.iterator().next();
            if (!partition.startsWith("t")) {
                heartbeat();
                return;
            }
            int index = Integer.parseInt(partition.substring(1));
            long offset = offsets.next(index);
            if (!peace && random.nextInt(10) == 0) {
                String as = memberId;
                int at = epoch;
                log("commits late");
                faults.later(() -> sendCommit(as, at, partition, offset));
                return;
            }
            await(
                    sendCommit(memberId, epoch, partition, offset),
                    error -> {
                        log("commits " + partition + "@" + offset + " " + error);
                        if (error == Errors.NONE) {
                            offsets.acknowledged(index, offset);
                        }
                    });
        }

        void leave() {
            int how = instanceId != null && random.nextBoolean() ? -2 : -1;
            var request = request(how);
            log("leaves " + how);
            if (random.nextInt(4) == 0) {
                faults.later(() -> world.ask(request));
            } else {
                var _ = world.ask(request);
            }
            running = false;
            holds.clear();
        }

        private void log(String what) {
            trace.append(memberId).append(' ').append(what).append('\n');
        }
    }

    private static <T> CompletionStage<T> never() {
        return new CompletableFuture<>();
    }

    /// G2: at its present epoch a member commits what it likes, at an earlier one what it has had since then, and nobody else
    /// anything. One that comes late and may would take back a later one, as it does in Kafka: such a one gets lost instead.
    private CompletionStage<Errors> sendCommit(
            String as, int epoch, String partition, long offset) {
        ConsumerGroup group = world.world.shard().consumerGroup(ConsumerWorld.GROUP);
        ConsumerMember member = group == null ? null : group.member(as);
        int index = Integer.parseInt(partition.substring(1));
        boolean may =
                group != null
                        && member != null
                        && (member.epoch() == epoch
                                || as.equals(group.owner(world.topicId("t"), index)));
        if (may && offset < lastSent.getOrDefault(index, 0L)) {
            return never();
        }
        lastSent.merge(index, offset, Math::max);
        var caller = GroupWorld.caller(9);
        return world.world
                .groups
                .commit(caller, world.committing(as, epoch, partition, offset))
                .thenApply(answer -> {
                    Errors error = GroupWorld.error(answer);
                    staleCommits |= !may && error == Errors.NONE;
                    return error;
                });
    }

    // ---- the world's doings

    @Override
    public void run() {
        for (int step = 0; step < STEPS; step++) {
            disturb();
            clients.get(random.nextInt(CLIENTS)).step();
            world.pass(random.nextInt(800));
            check();
        }
    }

    private void disturb() {
        Client client = clients.get(random.nextInt(CLIENTS));
        int what = random.nextInt(80);
        switch (what) {
            case 0, 1, 2 -> {
                if (!client.running) {
                    client.start();
                }
            }
            case 3 -> die(client);
            case 4 -> {
                if (client.joined && client.waiting == null && client.running) {
                    client.leave();
                }
            }
            case 15 -> changeTopics();
            default -> faults.strike(what - 5);
        }
    }

    private static void die(Client client) {
        client.running = false;
        client.holds.clear();
    }

    /// A topic comes, or goes for good, one at a time; or one grows.
    private void changeTopics() {
        if (random.nextInt(3) == 0) {
            growTopic();
        } else {
            addOrRemoveTopic();
        }
    }

    private void growTopic() {
        var grown = Objects.requireNonNull(world.image().topics().byName("u"));
        if (grown.partitions().size() < MOST_PARTITIONS) {
            world.metadata.grow("u");
            trace.append("u has one partition more\n");
        }
    }

    private void addOrRemoveTopic() {
        String last = world.image().topics().inNameOrder().stream().toList().getLast().name();
        if (last.equals("u") && nextTopic <= 'z') {
            last = String.valueOf(nextTopic++);
            world.metadata.topic(last, 2, 1);
        } else if (!last.equals("u")) {
            world.metadata.removeTopic(world.topicId(last));
        }
        trace.append("topic ").append(last).append(" comes or goes").append('\n');
    }

    /// No more faults, but for those who are dead and stay so, and perhaps a last crash; a topic may still grow. Those who run
    /// read everything between them, and nothing twice (G5).
    @Override
    public void settle() {
        peace = true;
        world.world.log.commitAtOnce(true);
        faults.forgetLate();
        for (Client client : clients) {
            if (random.nextInt(4) == 0) {
                die(client);
            } else if (!client.running) {
                client.start();
            }
        }
        if (random.nextBoolean()) {
            faults.crash();
        }
        boolean grows = random.nextBoolean();
        for (int round = 0; round < 150; round++) {
            if (grows && round == 50) {
                growTopic();
            }
            clients.forEach(Client::step);
            check();
            world.pass(1_000);
        }
        checkPeace();
    }

    private void checkPeace() {
        ConsumerGroup group = world.world.shard().consumerGroup(ConsumerWorld.GROUP);
        List<Client> running = clients.stream().filter(client -> client.running).toList();
        if (running.isEmpty()) {
            check(group == null || group.isEmpty(), "G5 nobody is left");
            return;
        }
        check(group != null && group.size() == running.size(), "G5 all who run are members");
        var read = new TreeSet<String>();
        for (Client client : running) {
            check(client.holds.equals(client.assigned), "G5 everybody reads what it was given");
            read.addAll(client.holds);
        }
        for (String topic : Objects.requireNonNull(group).topics().texts()) {
            var image = world.image().topics().byName(topic);
            for (int i = 0; image != null && i < image.partitions().size(); i++) {
                check(read.contains(topic + i), "G5 somebody reads " + topic + i);
            }
        }
    }

    // ---- what must hold

    private void check() {
        check(!staleCommits, "G2 stale commit");
        checkOwners();
        GroupShard live = world.world.shard();
        ConsumerGroup group = live.consumerGroup(ConsumerWorld.GROUP);
        ConsumerGroup stored = replayed.now().consumerGroup(ConsumerWorld.GROUP);
        check((group == null) == (stored == null), "G4 the group is the log's");
        if (group != null && stored != null) {
            check(facts(group).equals(facts(stored)), "G4 the members are the log's");
            check(group.targetEpoch() <= group.epoch(), "G2 targets are of a group epoch");
        }
        String lost = offsets.lost(world.world);
        check(lost == null, "G3 " + lost);
    }

    /// G1: of those whom the coordinator counts as members, one at most reads a partition.
    private void checkOwners() {
        ConsumerGroup group = world.world.shard().consumerGroup(ConsumerWorld.GROUP);
        var owners = new TreeMap<String, String>();
        for (Client client : clients) {
            if (group != null && group.member(client.memberId) != null) {
                for (String partition : client.holds) {
                    String other = owners.put(partition, client.memberId);
                    check(
                            other == null,
                            "G1 %s and %s read %s".formatted(other, client.memberId, partition));
                }
            }
        }
    }

    private Object facts(ConsumerGroup group) {
        var targets = new TreeMap<String, Object>();
        for (ConsumerMember member : group.inOrder()) {
            targets.put(member.id(), group.target(member.id()));
        }
        return List.of(
                group.epoch(),
                group.metadataHash(),
                group.targetEpoch(),
                group.targetComputedMs(),
                group.members(),
                targets,
                owners(group),
                group.resolutions(),
                group.topics().asMap(),
                group.regexes().asMap());
    }

    private SortedMap<String, String> owners(ConsumerGroup group) {
        var owners = new TreeMap<String, String>();
        for (ConsumerMember member : group.inOrder()) {
            for (var part : List.of(member.current().assigned(), member.current().revoking())) {
                part.forEach((topic, partitions) -> {
                    for (int partition : partitions.keySet()) {
                        String owner = group.owner(topic, partition);
                        check(owner != null, "G1 what is held has an owner");
                        owners.put(topic + "-" + partition, String.valueOf(owner));
                    }
                });
            }
        }
        return owners;
    }

    private void check(boolean holds, String rule) {
        if (!holds) {
            int from = Math.max(0, trace.length() - 2_500);
            throw new AssertionError(rule + "\n" + trace.substring(from));
        }
    }
}
