package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionRequestData.BrokerState;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Assertions;

/// One partition, four brokers, a controller, and what could be in whose log: brokers stop, crash and come back, leaders ask for
/// in-sync sets with epochs that are right or old, replicas move. After each step it is checked that nobody leads who may lack
/// what is committed, unless the leader is told to recover.
///
/// What is committed is in the log of everybody who is in sync while the set is large enough; while it is not, nothing is
/// committed. `complete` are those who hold it all.
final class ElectionsSimulation {
    private static final int BROKERS = 4;
    private static final int STEPS = 80;
    private static final ClusterDefaults DEFAULTS = ClusterDefaults.of(1, java.util.Map.of());

    private final TestMetadata test = TestMetadata.withBrokers(1, 2, 3, 4);
    private final Random random;
    private final Uuid topic;
    private final int minInSync;
    private final Set<Integer> complete = new TreeSet<>();

    ElectionsSimulation(long seed) {
        random = new Random(seed);
        minInSync = 1 + random.nextInt(3);
        topic = test.topic("t", 1, 1, 2, 3).id();
        set("min.insync.replicas", "" + minInSync);
        complete.addAll(now().isr());
    }

    void run() {
        for (int i = 0; i < STEPS; i++) {
            PartitionImage before = now();
            step(1 + random.nextInt(BROKERS));
            check(before, now());
        }
    }

    private PartitionImage now() {
        return Objects.requireNonNull(test.image().topics().byId(topic)).partitions().getFirst();
    }

    private BrokerImage broker(int id) {
        return Objects.requireNonNull(test.image().cluster().broker(id));
    }

    private void step(int id) {
        switch (random.nextInt(10)) {
            case 0 ->
                    test.controller.submit(
                            i -> BrokerLifeDecisions.fence(i, id, broker(id).epoch()));
            case 1 -> heartbeat(id, true);
            case 2, 3, 4 -> heartbeat(id, false);
            case 5 -> restart(id);
            case 6 -> move();
            case 7 -> test.controller.submit(i -> LeaderElections.balance(i, 0, 1));
            default -> alterIsr();
        }
    }

    private void heartbeat(int id, boolean stops) {
        BrokerImage before = broker(id);
        boolean behind = random.nextInt(3) == 0;
        var request =
                new BrokerHeartbeatRequestData()
                        .setBrokerId(id)
                        .setBrokerEpoch(before.epoch())
                        .setCurrentMetadataOffset(
                                behind ? before.epoch() - 1 : test.image().offset())
                        .setWantFence(false)
                        .setWantShutDown(stops);
        test.controller.submit(image -> BrokerLifeDecisions.heartbeat(image, request, true));
        Assertions.assertFalse(
                behind && before.fenced() && !broker(id).fenced(),
                "unfenced before it has followed");
    }

    private void restart(int id) {
        boolean clean = random.nextBoolean();
        var request =
                new BrokerRegistrationRequestData()
                        .setBrokerId(id)
                        .setIncarnationId(new Uuid(6, random.nextLong()))
                        .setPreviousBrokerEpoch(clean ? broker(id).epoch() : -1)
                        .setLogDirs(broker(id).directories());
        SupportedFeatures.RANGES.forEach((name, range) ->
                request.features()
                        .add(
                                new BrokerRegistrationRequestData.Feature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        if (!clean) {
            complete.remove(id);
        }
        test.controller.submit(image -> BrokerLifeDecisions.register(image, request, false, true));
    }

    private void move() {
        var asked = new ReassignablePartition().setPartitionIndex(0);
        if (random.nextInt(4) > 0) {
            var all = new ArrayList<>(List.of(1, 2, 3, 4));
            Collections.shuffle(all, random);
            asked.setReplicas(all.subList(0, 2 + random.nextInt(2)));
        }
        test.controller.submit(image -> {
            var records = new ArrayList<ApiMessageAndVersion>();
            var error = ReassignmentDecisions.alter(image, "t", asked, true, records);
            return new Decision<>(records, error);
        });
    }

    /// With one thing wrong in every third request, which must change nothing.
    private void alterIsr() {
        PartitionImage now = now();
        if (!now.hasLeader()) {
            return;
        }
        int wrong = random.nextInt(3) == 0 ? random.nextInt(4) : -1;
        var isr = new ArrayList<Integer>();
        for (int id : now.replicas()) {
            if (id == now.leader() || (broker(id).active() && random.nextInt(3) > 0)) {
                isr.add(id);
            }
        }
        if (wrong == 2) {
            now.replicas().stream()
                    .filter(id -> !broker(id).active())
                    .findFirst()
                    .ifPresent(isr::add);
        }
        boolean refused =
                wrong == 0
                        || wrong == 1
                        || (wrong == 2 && !isr.stream().allMatch(id -> broker(id).active()))
                        || (wrong == 3 && isr.size() > 1);
        var asked =
                new AlterPartitionRequestData.PartitionData()
                        .setLeaderEpoch(now.leaderEpoch() - (wrong == 0 ? 1 : 0))
                        .setPartitionEpoch(now.partitionEpoch() - (wrong == 1 ? 1 : 0));
        for (int id : isr) {
            boolean old = wrong == 3 && id != now.leader();
            asked.newIsrWithEpochs()
                    .add(
                            new BrokerState()
                                    .setBrokerId(id)
                                    .setBrokerEpoch(broker(id).epoch() - (old ? 1 : 0)));
        }
        var topicData =
                new AlterPartitionRequestData.TopicData()
                        .setTopicId(topic)
                        .setPartitions(List.of(asked));
        var request =
                new AlterPartitionRequestData()
                        .setBrokerId(now.leader())
                        .setBrokerEpoch(broker(now.leader()).epoch())
                        .setTopics(List.of(topicData));
        test.controller.submit(image -> InSyncDecisions.alter(image, request));
        if (refused) {
            Assertions.assertEquals(
                    now, now(), "a request with something wrong in it changes nothing");
        } else {
            // Whom its leader takes in has all that the leader has.
            complete.addAll(isr);
        }
    }

    private void check(PartitionImage before, PartitionImage after) {
        Assertions.assertTrue(after.replicas().containsAll(after.isr()), "R2 ISR within replicas");
        Assertions.assertTrue(
                !after.hasLeader() || after.isr().contains(after.leader()), "R2 leader in ISR");
        for (int member : after.isr()) {
            Assertions.assertTrue(broker(member).active(), "R2 in sync is who is alive");
        }
        Assertions.assertTrue(Collections.disjoint(after.isr(), after.eligibleLeaders()), "R3");
        Assertions.assertTrue(
                after.eligibleLeaders().isEmpty() || after.isr().size() < enough(after),
                "R3 large enough");
        checkEpochs(before, after);
        checkMove(before, after);
        boolean elected = after.leaderEpoch() > before.leaderEpoch() && after.hasLeader();
        if (elected && after.recovering() && after.leader() != before.leader()) {
            complete.clear();
            complete.add(after.leader());
        }
        Assertions.assertTrue(
                !after.hasLeader() || complete.contains(after.leader()),
                "R5 the leader has what is committed");
        Assertions.assertTrue(
                complete.containsAll(after.eligibleLeaders()),
                "R12 an eligible leader has what is committed");
        if (after.isr().size() >= enough(after)) {
            complete.retainAll(new HashSet<>(after.isr()));
        }
    }

    private int enough(PartitionImage p) {
        return Math.min(minInSync, p.replicas().size());
    }

    private static void checkEpochs(PartitionImage before, PartitionImage after) {
        boolean dropped = !after.replicas().containsAll(before.replicas());
        if (before.leader() != after.leader() || dropped) {
            Assertions.assertTrue(after.leaderEpoch() > before.leaderEpoch(), "R1 leader epoch");
        }
        if (!before.equals(after)) {
            Assertions.assertTrue(
                    after.partitionEpoch() > before.partitionEpoch(), "R1 partition epoch");
        }
    }

    /// Whoever was wanted is in sync when those who were not are gone.
    private static void checkMove(PartitionImage before, PartitionImage after) {
        boolean done =
                !before.removing().isEmpty()
                        && after.removing().isEmpty()
                        && Collections.disjoint(after.replicas(), before.removing());
        if (done && after.replicas().containsAll(before.adding())) {
            Assertions.assertTrue(
                    after.isr().containsAll(before.adding()), "moved to who is in sync");
        }
    }

    private void set(String key, String value) {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, "t");
        var change = new ConfigDecisions.Change(OpType.SET, key, value);
        var result =
                ConfigDecisions.incremental(
                        test.image(),
                        DEFAULTS,
                        resource,
                        List.of(change),
                        ConfigDecisions.Origin.OTHER);
        test.controller.submit(
                _ -> new Decision<>(((ConfigDecisions.Result.Accepted) result).records(), true));
    }
}
