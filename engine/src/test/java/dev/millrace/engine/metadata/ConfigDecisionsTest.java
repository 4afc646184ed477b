package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;

final class ConfigDecisionsTest {
    private final TestMetadata test =
            TestMetadata.withBrokers(1)
                    .write(
                            new ApiMessageAndVersion(
                                    new RegisterControllerRecord().setControllerId(3000),
                                    (short) 0));

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
        assertInstanceOf(ConfigDecisions.Result.Accepted.class, of(""));
        assertInstanceOf(ConfigDecisions.Result.Accepted.class, of("1"));
        assertInstanceOf(ConfigDecisions.Result.Accepted.class, of("3000"));
        var refused = assertInstanceOf(ConfigDecisions.Result.Refused.class, of("2"));
        assertEquals(Errors.BROKER_ID_NOT_REGISTERED, refused.error().error());
    }
}
