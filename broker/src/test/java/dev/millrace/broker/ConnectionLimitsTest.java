package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The bounds on connections are set while the broker runs, with the official client.
@Timeout(120)
final class ConnectionLimitsTest {
    @TempDir Path folder;
    private final int port = FreePort.find();
    private Broker broker;
    private Admin admin;

    @BeforeEach
    void start() throws Exception {
        var given =
                Map.of("listeners", "PLAINTEXT://127.0.0.1:" + port, "log.dirs", folder.toString());
        broker = Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), true);
        admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + port));
    }

    @AfterEach
    void stop() {
        admin.close();
        broker.stop();
    }

    private void alter(String node, String key, String value, AlterConfigOp.OpType operation)
            throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.BROKER, node);
        var change = new AlterConfigOp(new ConfigEntry(key, value), operation);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get();
    }

    /// Whether one more connection is served.
    private boolean served() throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var apiVersions = ByteBuffer.allocate(14).putInt(10).putShort((short) 18);
            apiVersions.putShort((short) 0).putInt(1).putShort((short) -1);
            socket.getOutputStream().write(apiVersions.array());
            return socket.getInputStream().read() >= 0;
        } catch (SocketException closed) {
            return false;
        }
    }

    private void awaitServed(boolean wanted) throws IOException {
        while (served() != wanted) {
            assertFalse(Thread.interrupted(), "it should have changed by now");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, max.connections.per.ip, 1",
        "'', max.connections.per.ip, 1",
        "1, max.connections, 1",
        "1, max.connections.per.ip.overrides, 127.0.0.1:1"
    })
    void aLimitHoldsFromWhenItIsSetUntilItIsTakenAway(String node, String key, String value)
            throws Exception {
        awaitServed(true);
        alter(node, key, value, AlterConfigOp.OpType.SET);
        awaitServed(false);
        alter(node, key, "", AlterConfigOp.OpType.DELETE);
        awaitServed(true);
    }

    @Test
    void aLimitThatCannotBeReadIsRefused() {
        var refused =
                assertThrows(
                        ExecutionException.class,
                        () ->
                                alter(
                                        "1",
                                        "max.connections.per.ip.overrides",
                                        "localhost",
                                        AlterConfigOp.OpType.SET));
        assertInstanceOf(InvalidRequestException.class, refused.getCause());
    }
}
