package dev.millrace.engine.metadata;

import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;

/// What brokers do to a controller, drawn by chance: for the tests of random decisions.
final class BrokerSteps {
    private BrokerSteps() {}

    static void fence(TestMetadata test, int id) {
        BrokerImage broker = test.image().cluster().broker(id);
        if (broker != null) {
            test.controller.submit(image -> BrokerLifeDecisions.fence(image, id, broker.epoch()));
        }
    }

    /// Mostly from one that wants to serve, sometimes from one that stops or has lost its directory.
    static void heartbeat(TestMetadata test, Random random, int id) {
        BrokerImage broker = test.image().cluster().broker(id);
        if (broker == null) {
            return;
        }
        var request =
                new BrokerHeartbeatRequestData()
                        .setBrokerId(id)
                        .setBrokerEpoch(broker.epoch())
                        .setCurrentMetadataOffset(test.image().offset())
                        .setWantFence(false)
                        .setWantShutDown(random.nextInt(4) == 0);
        if (random.nextInt(8) == 0) {
            request.setOfflineLogDirs(List.of(new Uuid(8, id)));
        }
        boolean othersKnow = random.nextBoolean();
        test.controller.submit(image -> BrokerLifeDecisions.heartbeat(image, request, othersKnow));
    }

    /// Another process of that broker, after a clean stop or not.
    static void restart(TestMetadata test, Random random, int id) {
        BrokerImage before = test.image().cluster().broker(id);
        var request =
                new BrokerRegistrationRequestData()
                        .setBrokerId(id)
                        .setIncarnationId(new Uuid(6, random.nextLong()))
                        .setPreviousBrokerEpoch(
                                before != null && random.nextBoolean() ? before.epoch() : -1)
                        .setLogDirs(List.of(new Uuid(8, id)));
        SupportedFeatures.RANGES.forEach((name, range) ->
                request.features()
                        .add(
                                new BrokerRegistrationRequestData.Feature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        test.controller.submit(image -> BrokerLifeDecisions.register(image, request, false, true));
    }

    /// Those that nobody asks for.
    static void elections(TestMetadata test, Random random, ClusterDefaults defaults) {
        test.controller.submit(image ->
                random.nextBoolean()
                        ? LeaderElections.balance(image, 10, 5)
                        : LeaderElections.unclean(image, defaults, 5));
    }
}
