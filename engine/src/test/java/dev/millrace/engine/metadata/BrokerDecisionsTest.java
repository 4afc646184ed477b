package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.StaleBrokerEpochException;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.Test;

final class BrokerDecisionsTest {
    private final TestMetadata test = new TestMetadata(true);

    private BrokerDecisions.Registration registration(int id) {
        return new BrokerDecisions.Registration(
                id,
                new Uuid(1, test.image().offset()),
                List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "", 9092)),
                null,
                List.of(new Uuid(8, id)));
    }

    private long register(int id) {
        var registration = registration(id);
        return test.controller
                .submit(image -> BrokerDecisions.register(image, registration))
                .toCompletableFuture()
                .join();
    }

    private BrokerImage broker(int id) {
        return Objects.requireNonNull(test.image().cluster().broker(id));
    }

    private PartitionImage partition(String topic) {
        return Objects.requireNonNull(test.image().topics().byName(topic)).partitions().getFirst();
    }

    @Test
    void isUnfencedAndItsEpochIsTheOffsetOfItsRegistration() {
        long epoch = register(1);
        assertEquals(epoch, broker(1).epoch());
        assertEquals(test.image().offset(), epoch);
        assertTrue(broker(1).active());
        assertEquals("", Objects.requireNonNull(broker(1).endpoints().get("PLAINTEXT")).host());
        assertEquals(SupportedFeatures.RANGES, broker(1).features());
    }

    @Test
    void aRestartLeadsInANewEpoch() {
        register(1);
        register(2);
        test.topic("mine", 1, 1);
        test.topic("other", 1, 2, 1);
        long before = broker(1).epoch();
        assertTrue(register(1) > before);
        assertEquals(1, partition("mine").leader());
        assertEquals(1, partition("mine").leaderEpoch());
        assertEquals(0, partition("other").leaderEpoch());
    }

    @Test
    void aRestartThatLostNothingLeadsOn() {
        register(1);
        test.topic("mine", 1, 1);
        int mine = partition("mine").leaderEpoch();
        long before = test.image().offset();

        var again = registration(1);
        test.controller.submit(image -> BrokerDecisions.registerAsLeft(image, again));

        assertEquals(before + 1, test.image().offset(), "one record, whatever it leads");
        assertEquals(mine, partition("mine").leaderEpoch());
        assertEquals(1, partition("mine").leader());
    }

    @Test
    void whatWasWithoutALeaderIsLedAfterARestartThatLostNothing() {
        register(1);
        test.topic("alone", 1, 1);
        test.controller.submit(image -> BrokerDecisions.unregister(image, 1));

        var again = registration(1);
        test.controller.submit(image -> BrokerDecisions.registerAsLeft(image, again));

        assertEquals(1, partition("alone").leader());
        assertEquals(2, partition("alone").leaderEpoch());
    }

    @Test
    void aBrokerThatIsForgottenHandsOverToWhoIsInSync() {
        register(1);
        register(2);
        test.topic("alone", 1, 1);
        test.topic("both", 1, 1, 2);
        test.controller.submit(image -> BrokerDecisions.unregister(image, 1));
        assertEquals(PartitionImage.NO_LEADER, partition("alone").leader());
        assertEquals(
                List.of(1),
                partition("alone").eligibleLeaders(),
                "what it has may still be the only copy");
        assertEquals(2, partition("both").leader());
        assertEquals(List.of(2), partition("both").isr());

        register(1);
        assertEquals(1, partition("alone").leader());
        assertEquals(2, partition("alone").leaderEpoch());
    }

    @Test
    void aStrangerIsNotForgotten() {
        var thrown =
                assertThrows(
                        BrokerIdNotRegisteredException.class,
                        () -> BrokerDecisions.unregister(test.image(), 9));
        assertEquals("Broker ID 9 is not currently registered", thrown.getMessage());
    }

    @Test
    void aControllerThatHasLeftIsForgottenAndMayComeBack() {
        var second = registration(2);
        test.controller.submit(image ->
                BrokerDecisions.registerController(image, second, SupportedFeatures.RANGES));
        assertEquals(Set.of(2), test.image().cluster().controllers().keySet());

        test.controller.submit(image -> BrokerDecisions.unregisterController(image, 1, 2));
        assertEquals(Set.of(), test.image().cluster().controllers().keySet());
        assertRefused(Errors.CONTROLLER_ID_NOT_REGISTERED, 2);

        test.controller.submit(image ->
                BrokerDecisions.registerController(image, second, SupportedFeatures.RANGES));
        assertEquals(Set.of(2), test.image().cluster().controllers().keySet());
    }

    @Test
    void theActiveControllerForgetsNeitherItselfNorAtAnOlderRelease() {
        for (int id = 1; id <= 2; id++) {
            var one = registration(id);
            test.controller.submit(image ->
                    BrokerDecisions.registerController(image, one, SupportedFeatures.RANGES));
        }
        assertRefused(Errors.INVALID_REQUEST, 1);

        test.write(
                TestMetadata.versioned(
                        new FeatureLevelRecord()
                                .setName(MetadataVersion.FEATURE_NAME)
                                .setFeatureLevel(MetadataVersion.IBP_4_4_IV1.featureLevel()),
                        0));
        assertRefused(Errors.UNSUPPORTED_VERSION, 2);
    }

    private void assertRefused(Errors error, int id) {
        var thrown =
                assertThrows(
                        ApiException.class,
                        () -> BrokerDecisions.unregisterController(test.image(), 1, id));
        assertEquals(error, Errors.forException(thrown));
    }

    @Test
    void anOldProcessGetsNoProducerIds() {
        long first = register(1);
        assertEquals(0, ProducerIdDecisions.allocate(test.image(), 1, first).response().first());
        register(1);
        assertThrows(
                StaleBrokerEpochException.class,
                () -> ProducerIdDecisions.allocate(test.image(), 1, first));
    }

    /// The only voter is not the only broker: what it has not flushed others may have (R12).
    @Test
    void aRestartThatMayHaveLostRecordsIsNotInSyncWhereOthersAre() {
        register(1);
        register(2);
        test.topic("both", 1, 1, 2);
        test.topic("mine", 1, 1);

        register(1);

        assertEquals(2, partition("both").leader());
        assertEquals(List.of(2), partition("both").isr());
        assertEquals(1, partition("mine").leader());
    }

    @Test
    void whoWasTheLastInSyncLeadsAgainAfterARestart() {
        register(1);
        register(2);
        test.topic("both", 1, 1, 2);
        test.controller.submit(image -> BrokerDecisions.unregister(image, 2));
        assertEquals(List.of(1), partition("both").isr());

        register(1);

        assertEquals(1, partition("both").leader());
        assertTrue(partition("both").recovering(), "it may have lost records, and says so");
    }
}
