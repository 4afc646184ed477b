package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.metadata.TestMetadata;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PeerAddressesTest {
    private static final TestMetadata METADATA = TestMetadata.withBrokers(1);

    /// Listeners are registered by their names in upper case.
    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "internal, none, INTERNAL",
                "INTERNAL, SSL, INTERNAL",
                "'', none, PLAINTEXT",
                "' ', SSL, SSL",
                "none, none, PLAINTEXT",
                "none, '', PLAINTEXT"
            })
    void brokersMeetAtTheListenerThatTheirFileNames(
            @Nullable String name, @Nullable String protocol, String listener) {
        var file = new TreeMap<String, String>();
        if (name != null) {
            file.put("inter.broker.listener.name", name);
        }
        if (protocol != null) {
            file.put("security.inter.broker.protocol", protocol);
        }
        var settings =
                new NodeSettings(
                        TestNode.CLUSTER,
                        1,
                        true,
                        true,
                        file,
                        List.of(),
                        null,
                        "CONTROLLER",
                        new Endpoint("CONTROLLER", SecurityProtocol.PLAINTEXT, "localhost", 9093),
                        Map.of());
        assertEquals(listener, PeerAddresses.of(settings, METADATA::image).listener());
    }
}
