package dev.millrace.dist.local;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.broker.config.WrongSetting;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LocalPlanTest {
    private static LocalPlan plan(int brokers, String... keysAndValues) throws WrongSetting {
        Settings settings = Settings.NONE.with("listeners", "PLAINTEXT://localhost:0");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            settings = settings.with(keysAndValues[i], keysAndValues[i + 1]);
        }
        return LocalPlan.of(settings, brokers);
    }

    @Test
    void everyNodeHasItsOwnIdFolderAndPorts() throws WrongSetting {
        LocalPlan plan = plan(3, "log.dirs", "here", "num.partitions", "4");
        var ports = new HashSet<>(plan.ports());
        assertEquals(9, ports.size());
        for (int id = 1; id <= 3; id++) {
            BrokerConfig config = BrokerConfig.from(plan.settings(id), new ArrayList<>());
            assertEquals(id, config.nodeId());
            assertEquals(List.of(Path.of("here", "broker" + id)), config.logDirs());
            assertEquals("localhost:" + config.listeners().getFirst().port(), plan.address(id));
            assertEquals("4", config.settings().get("num.partitions"));
            assertEquals(plan.http(id), String.valueOf(config.http()));
            assertTrue(config.roles().broker());
        }
    }

    @Test
    void theFirstPortIsTheOneAskedForAndTheOthersAreFree() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            LocalPlan plan =
                    LocalPlan.of(
                            Settings.NONE.with("listeners", "PLAINTEXT://localhost:" + (port - 1)),
                            2);
            assertEquals("localhost:" + (port - 1), plan.address(1));
            assertNotEquals("localhost:" + port, plan.address(2));
        }
    }

    @Test
    void anEmptyHttpListenerIsNone() throws WrongSetting {
        LocalPlan plan = plan(2, "millrace.http.listener", "");
        assertEquals("", plan.http(2));
        assertEquals(null, BrokerConfig.from(plan.settings(2), new ArrayList<>()).http());
    }

    @ParameterizedTest
    @CsvSource({
        "3, node.id, 4",
        "3, controller.quorum.voters, 1@localhost:9093",
        "3, broker.rack, r1",
        "3, listeners, PLAINTEXT://0.0.0.0:9092",
        "3, millrace.http.listener, localhost:9095",
        "0, num.partitions, 1",
        "10, num.partitions, 1"
    })
    void whatCannotHoldForEachNodeIsRefused(int brokers, String key, String value) {
        var refused = assertThrows(WrongSetting.class, () -> plan(brokers, key, value));
        assertTrue(String.valueOf(refused.getMessage()).contains(brokers == 3 ? key : "--brokers"));
    }

    @ParameterizedTest
    @CsvSource({
        "0, false, 1, true",
        "0, false, 3, true",
        "0, true, 1, true",
        "0, true, 3, false",
        "3, false, 1, false",
        "3, false, 2, false",
        "3, false, 3, true",
        "3, false, 4, true"
    })
    void aFolderOfAnotherClusterIsRefused(
            int there, boolean single, int brokers, boolean accepted, @TempDir Path folder)
            throws Exception {
        for (int id = 1; id <= there; id++) {
            Files.createDirectories(folder.resolve("broker" + id));
            Files.writeString(folder.resolve("broker" + id).resolve("meta.properties"), "");
        }
        if (single) {
            Files.writeString(folder.resolve("meta.properties"), "");
        }
        if (accepted) {
            assertDoesNotThrow(() -> LocalPlan.checkFolder(folder, brokers));
        } else {
            assertThrows(WrongSetting.class, () -> LocalPlan.checkFolder(folder, brokers));
        }
    }
}
