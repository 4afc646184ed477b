package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.HttpAddress;
import dev.millrace.broker.config.Settings;
import dev.millrace.engine.env.Timers;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BrokerTest {
    @TempDir Path folder;

    private BrokerConfig config(String listeners, int nodeId) throws Exception {
        return BrokerConfig.from(
                Settings.of(
                        Map.of(
                                "listeners",
                                listeners,
                                "node.id",
                                "" + nodeId,
                                "log.dirs",
                                folder.resolve("data").toString())),
                new ArrayList<>());
    }

    private BrokerConfig config() throws Exception {
        return config("PLAINTEXT://localhost:0", 1);
    }

    @Test
    void formatsAnEmptyFolderAndKnowsItAgain() throws Exception {
        Broker.start(config(), false).stop();
        List<String> first = Files.readAllLines(folder.resolve("data/meta.properties"));
        Broker.start(config(), false).stop();
        assertEquals(first, Files.readAllLines(folder.resolve("data/meta.properties")));
        assertTrue(first.contains("node.id=1"), first.toString());
    }

    @Test
    void refusesAFolderInUse() throws Exception {
        Broker broker = Broker.start(config(), false);
        try {
            var refused = assertThrows(StartFailed.class, () -> Broker.start(config(), false));
            assertTrue(message(refused).contains("in use by another broker"), message(refused));
        } finally {
            broker.stop();
        }
        Broker.start(config(), false).stop();
    }

    @Test
    void refusesAFolderOfAnotherNode() throws Exception {
        Broker.start(config(), false).stop();
        var refused =
                assertThrows(
                        StartFailed.class,
                        () -> Broker.start(config("PLAINTEXT://localhost:0", 2), false));
        assertTrue(message(refused).contains("belongs to node 1"), message(refused));
    }

    @Test
    void refusesAFolderThatIsAFile() throws Exception {
        Files.createFile(folder.resolve("data"));
        var refused = assertThrows(StartFailed.class, () -> Broker.start(config(), false));
        assertTrue(message(refused).contains("is not a folder"), message(refused));
    }

    @Test
    void aPortInUseIsOneSentenceAndNothingStaysOpen() throws Exception {
        try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String listeners = "PLAINTEXT://127.0.0.1:" + other.getLocalPort();
            var refused =
                    assertThrows(
                            StartFailed.class, () -> Broker.start(config(listeners, 1), false));
            assertTrue(
                    message(refused).startsWith("Port " + other.getLocalPort() + " is in use"),
                    message(refused));
        }
        Broker.start(config(), false).stop();
    }

    private static BrokerConfig withHttp(Map<String, String> http) throws Exception {
        var given = new TreeMap<>(http);
        given.put("listeners", "PLAINTEXT://localhost:0");
        return BrokerConfig.from(Settings.of(given), new ArrayList<>());
    }

    @Test
    void anHttpAddressThatWasChosenMustBeFree() throws Exception {
        try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + other.getLocalPort();
            BrokerConfig config = withHttp(Map.of("millrace.http.listener", address));
            var refused = assertThrows(StartFailed.class, () -> Broker.start(config, true));
            assertEquals(
                    "millrace.http.listener = "
                            + address
                            + ": the port is in use by another program.",
                    message(refused));
        }
    }

    @Test
    void withoutAChoiceATakenHttpPortIsNoObstacle() throws Exception {
        try (var _ = takeDefaultHttpPort()) {
            Broker broker = Broker.start(withHttp(Map.of()), true);
            assertNull(broker.httpAddress());
            broker.stop();
        }
    }

    @Test
    void aTakenHttpPortIsToldWithAnotherToTake() {
        assertEquals(
                "taken; running without metrics over HTTP. For another port: --set millrace.http.listener=localhost:9096",
                HttpStart.without(new HttpAddress("localhost", 9095, false), "taken"));
    }

    /// Another program may hold it already, which is as well.
    private static ServerSocket takeDefaultHttpPort() throws IOException {
        try {
            return new ServerSocket(9095, 1, InetAddress.ofLiteral("127.0.0.1"));
        } catch (BindException e) {
            return new ServerSocket();
        }
    }

    @Test
    void listensUntilItIsStopped() throws Exception {
        Broker broker = Broker.start(config(), true);
        var address = broker.addresses().getFirst();
        new Socket(address.getAddress(), address.getPort()).close();
        broker.stop();
        assertThrows(
                IOException.class,
                () -> new Socket(address.getAddress(), address.getPort()).close());
        assertTrue(Files.notExists(folder.resolve("data")), "nothing on disk with --memory");
    }

    @Test
    void aCombinedNodeIsFoundByItsControllersListener() throws Exception {
        int port = FreePort.find();
        var config =
                BrokerConfig.from(
                        Settings.of(
                                Map.of(
                                        "process.roles",
                                        "broker,controller",
                                        "node.id",
                                        "1",
                                        "listeners",
                                        "PLAINTEXT://localhost:0,CONTROLLER://localhost:" + port,
                                        "controller.listener.names",
                                        "CONTROLLER",
                                        "controller.quorum.voters",
                                        "1@localhost:" + port,
                                        "log.dirs",
                                        folder.resolve("data").toString())),
                        new ArrayList<>());
        Broker broker = Broker.start(config, true);
        try (Admin admin = Admin.create(Map.of("bootstrap.controllers", "localhost:" + port))) {
            Node node = admin.describeCluster().nodes().get().iterator().next();
            assertEquals("localhost:" + port, node.host() + ":" + node.port());
        } finally {
            broker.stop();
        }
    }

    @Test
    void clientsAreToldTheHostOfTheListenerAsItIsWritten() throws Exception {
        int port = FreePort.find();
        Broker broker = Broker.start(config("PLAINTEXT://localhost:" + port, 1), true);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + port))) {
            Node node = admin.describeCluster().nodes().get().iterator().next();
            assertEquals("localhost:" + port, node.host() + ":" + node.port());
        } finally {
            broker.stop();
        }
    }

    @Test
    void whatIsDoneAgainAndAgainGoesOnAfterAFailure() {
        var due = new ArrayDeque<Runnable>();
        Timers timers =
                (_, task) -> {
                    due.add(task);
                    return () -> {};
                };
        var runs = new AtomicInteger();
        Broker.every(
                timers,
                5_000,
                () -> {
                    if (runs.incrementAndGet() == 1) {
                        throw new IllegalStateException("on purpose");
                    }
                });
        Runnable first = due.remove();
        assertThrows(IllegalStateException.class, first::run);
        due.remove().run();
        assertEquals(2, runs.get());
        assertEquals(1, due.size());
    }

    private static String message(Exception e) {
        return String.valueOf(e.getMessage());
    }

    @Test
    void knowsWhichJavaCorruptsData() {
        assertNotNull(JavaChecks.refusal(21, 0, 9, false));
        assertNotNull(JavaChecks.refusal(25, 0, 0, false));
        assertNotNull(JavaChecks.refusal(25, 0, 2, false));
        assertNull(JavaChecks.refusal(25, 0, 3, false));
        assertNotNull(JavaChecks.refusal(25, 0, 3, true));
        assertNull(JavaChecks.refusal(26, 0, 0, true));
    }
}
