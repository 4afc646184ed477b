package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class BannerTest {
    private static String text(Map<String, String> settings, int port) throws Exception {
        BrokerConfig config = BrokerConfig.from(Settings.of(settings), new ArrayList<>());
        var bound = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        return Banner.text(config, List.of("/a", "/b"), List.of(bound), null);
    }

    @Test
    void aBrokerTellsWhereClientsConnectAndWhatToTry() throws Exception {
        String text = text(Map.of("listeners", "PLAINTEXT://localhost:19092"), 19092);
        assertTrue(text.contains("Kafka clients   localhost:19092\n"), text);
        assertTrue(text.contains("data            /a, /b\n"), text);
        assertTrue(
                text.contains("millrace topic create hello --bootstrap-server localhost:19092\n"),
                text);
    }

    @Test
    void aControllerDoesNotInviteClients() throws Exception {
        String text =
                text(
                        Map.of(
                                "process.roles", "controller",
                                "node.id", "3000",
                                "listeners", "CONTROLLER://localhost:19093",
                                "controller.listener.names", "CONTROLLER",
                                "controller.quorum.voters", "3000@localhost:19093"),
                        19093);
        assertTrue(text.contains("controller      localhost:19093\n"), text);
        assertTrue(text.contains("--bootstrap-controller localhost:19093 describe"), text);
        assertFalse(text.contains("topic create"), text);
    }
}
