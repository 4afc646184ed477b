package dev.millrace.dist.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.Broker;
import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// `millrace cluster ...` of a node that began alone, as by `millrace up`.
@Timeout(120)
final class LoneNodeVerbsTest {
    private final Verbs verbs = new Verbs();
    private Broker broker;
    private String address = "";

    @BeforeEach
    void start() throws Exception {
        var given = Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "millrace.http.listener", "");
        broker = Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), true);
        address = "127.0.0.1:" + broker.addresses().getFirst().getPort();
    }

    @AfterEach
    void stop() {
        broker.stop();
    }

    /// It is in the quorum by an address at which nobody listens.
    @Test
    void noOtherBrokerIsToldToJoinWhereNobodyListens() {
        assertEquals(1, verbs.run(address, "", List.of("cluster", "add", "--host", "b")));
        assertTrue(verbs.err().contains("have no listener of their own"), verbs.err());
        assertEquals("", verbs.out());
    }

    /// Its clients are told the address that they came by; that is nothing to tell another broker.
    @Test
    void noOtherBrokerIsToldToJoinOneThatItCouldNotReach() throws Exception {
        broker.stop();
        var given =
                Map.of(
                        "listeners", "PLAINTEXT://:0,CONTROLLER://127.0.0.1:0",
                        "controller.listener.names", "CONTROLLER",
                        "millrace.http.listener", "");
        broker = Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), true);
        address = "127.0.0.1:" + broker.addresses().getFirst().getPort();
        assertEquals(1, verbs.run(address, "", List.of("cluster", "add", "--host", "b")));
        assertTrue(verbs.err().contains("set advertised.listeners"), verbs.err());
        assertEquals("", verbs.out());
    }

    @Test
    void brokersOfAnotherMachineAreNotStopped() {
        assertEquals(1, verbs.run("192.0.2.1:9092", "", List.of("cluster", "stop-broker", "2")));
        assertTrue(verbs.err().contains("192.0.2.1:9092 is not localhost"), verbs.err());
    }
}
