package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.UpdateFeaturesRequestData.FeatureUpdateKey;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.EligibleLeaderReplicasVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigDecisionsTest {
    private final TestMetadata test = TestMetadata.withBrokers(1).write(controller());

    /// At the levels of this program.
    private static ApiMessageAndVersion controller() {
        var record = new RegisterControllerRecord().setControllerId(3000);
        SupportedFeatures.RANGES.forEach((name, range) ->
                record.features()
                        .add(
                                new RegisterControllerRecord.ControllerFeature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        return new ApiMessageAndVersion(record, (short) 0);
    }

    private ConfigDecisions.Result of(String node) {
        return ConfigDecisions.replace(
                test.image(),
                ClusterDefaults.of(1, Map.of()),
                new ConfigResource(ConfigResource.Type.BROKER, node),
                Map.of(),
                ConfigDecisions.Origin.OTHER);
    }

    @Test
    void brokersAndControllersHaveSettingsAndNobodyElse() {
        assertInstanceOf(ConfigDecisions.Result.Accepted.class, minimum("", "2"));
        assertInstanceOf(ConfigDecisions.Result.Accepted.class, of("1"));
        assertInstanceOf(ConfigDecisions.Result.Accepted.class, of("3000"));
        var refused = assertInstanceOf(ConfigDecisions.Result.Refused.class, of("2"));
        assertEquals(Errors.BROKER_ID_NOT_REGISTERED, refused.error().error());
    }

    /// Leaders and the controller must count against the same minimum while eligible leaders are kept (KIP-966).
    @Test
    void theMinimumOfAllBrokersStaysAndNoBrokerHasItsOwn() {
        assertInstanceOf(ConfigDecisions.Result.Accepted.class, minimum("", "2"));
        var own = assertInstanceOf(ConfigDecisions.Result.Refused.class, minimum("1", "1"));
        assertEquals(Errors.INVALID_CONFIG, own.error().error());
        assertEquals(
                "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
                own.error().message());
        write("", "2");
        var gone = assertInstanceOf(ConfigDecisions.Result.Refused.class, of(""));
        assertEquals(Errors.INVALID_CONFIG, gone.error().error());
        assertEquals(
                "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
                gone.error().message());
    }

    @Test
    void whoBeginsToKeepEligibleLeadersTakesTheMinimumOfEachBrokerAway() {
        eligibleLeaders((short) 0);
        write("1", "1");
        assertInstanceOf(ConfigDecisions.Result.Accepted.class, of("1"));

        var refusal = eligibleLeaders((short) 1);

        assertEquals(Errors.NONE, refusal.error());
        assertEquals(
                Map.of(),
                test.image().configs().of(new ConfigResource(ConfigResource.Type.BROKER, "1")));
    }

    @Test
    void aFeatureIsNotRaisedAboveWhatAnotherControllerCan() {
        eligibleLeaders((short) 0);
        test.write(
                new ApiMessageAndVersion(
                        new RegisterControllerRecord().setControllerId(3000), (short) 0));

        var refusal = eligibleLeaders((short) 1);

        assertEquals(Errors.INVALID_UPDATE_VERSION, refusal.error());
        assertTrue(
                String.valueOf(refusal.message())
                        .endsWith("Controller 3000 does not support this feature."),
                refusal::message);
    }

    /// A rest without end would begin in the past.
    @Test
    void balancingRestsForThirtyDaysAtMost() {
        String key = "millrace.balance.interval.ms";
        assertInstanceOf(ConfigDecisions.Result.Accepted.class, with("1", key, "2592000000"));
        assertInstanceOf(ConfigDecisions.Result.Refused.class, with("1", key, "" + Long.MAX_VALUE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "127.0.0.1:5 | true",
                "' 127.0.0.1 : 5 , ::1:0,' | true",
                "'' | true",
                "127.0.0.1 | false",
                ":5 | false",
                "127.0.0.1:-1 | false",
                "127.0.0.1:five | false"
            })
    void limitsOfAddressesAreReadBeforeTheyAreSet(String value, boolean accepted) {
        var result = with("1", "max.connections.per.ip.overrides", value);
        assertEquals(accepted, result instanceof ConfigDecisions.Result.Accepted);
    }

    private ConfigDecisions.Result minimum(String node, String value) {
        return with(node, "min.insync.replicas", value);
    }

    private ConfigDecisions.Result with(String node, String key, String value) {
        return ConfigDecisions.replace(
                test.image(),
                ClusterDefaults.of(1, Map.of()),
                new ConfigResource(ConfigResource.Type.BROKER, node),
                Map.of(key, value),
                ConfigDecisions.Origin.OTHER);
    }

    private void write(String node, String minimum) {
        test.write(
                TestMetadata.versioned(
                        new ConfigRecord()
                                .setResourceType(ConfigResource.Type.BROKER.id())
                                .setResourceName(node)
                                .setName("min.insync.replicas")
                                .setValue(minimum),
                        0));
    }

    private ApiError eligibleLeaders(short level) {
        String feature = EligibleLeaderReplicasVersion.FEATURE_NAME;
        var update =
                new FeatureUpdateKey()
                        .setFeature(feature)
                        .setMaxVersionLevel(level)
                        .setUpgradeType(
                                (level == 0
                                                ? FeatureUpdate.UpgradeType.SAFE_DOWNGRADE
                                                : FeatureUpdate.UpgradeType.UPGRADE)
                                        .code());
        return test.controller
                .submit(image ->
                        FeatureDecisions.update(
                                image,
                                ClusterDefaults.of(1, Map.of()),
                                (short) 1,
                                (_, _) -> {},
                                Map.of(feature, update),
                                false))
                .toCompletableFuture()
                .join();
    }
}
