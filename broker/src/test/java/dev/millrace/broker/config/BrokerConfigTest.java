package dev.millrace.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.net.NetworkSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BrokerConfigTest {
    private static BrokerConfig from(Map<String, String> given) throws WrongSetting {
        return BrokerConfig.from(Settings.of(given), new ArrayList<>());
    }

    private static List<String> warnings(Map<String, String> given) throws WrongSetting {
        var warnings = new ArrayList<String>();
        BrokerConfig.from(Settings.of(given), warnings);
        return warnings;
    }

    @Test
    void nothingGivenIsOneListenerOnThisMachine() throws WrongSetting {
        BrokerConfig config = BrokerConfig.from(Settings.NONE, new ArrayList<>());
        assertEquals("[PLAINTEXT://localhost:9092]", config.listeners().toString());
        assertEquals(1, config.nodeId());
        assertEquals(List.of(Path.of("millrace-data")), config.logDirs());
        assertEquals(Map.of(), config.advertised());
        assertEquals(NetworkSettings.DEFAULTS, config.network());
    }

    @ParameterizedTest
    @ValueSource(strings = {"data1", "./data1/", "/x/../x/data2", "/x/data2/"})
    void cordonedDirectoriesAreCalledByTheirAbsolutePaths(String path) throws WrongSetting {
        var file =
                from(Map.of("log.dirs", "data1,/x/data2/", "cordoned.log.dirs", path)).settings();
        assertEquals(
                Path.of(path.contains("data1") ? "data1" : "/x/data2").toAbsolutePath().toString(),
                file.get("cordoned.log.dirs"));
        assertEquals(
                "*", from(Map.of("cordoned.log.dirs", "*")).settings().get("cordoned.log.dirs"));
    }

    @Test
    void takesTheServerPropertiesThatKafkaShips(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("server.properties");
        Files.writeString(
                file,
                """
                # a comment
                process.roles=broker,controller
                node.id=7
                controller.quorum.bootstrap.servers=localhost:9093
                listeners=PLAINTEXT://:9092,CONTROLLER://:9093
                inter.broker.listener.name=PLAINTEXT
                advertised.listeners=PLAINTEXT://broker.example.com:19092,CONTROLLER://localhost:9093
                controller.listener.names=CONTROLLER
                listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL
                num.network.threads=3
                num.io.threads=8
                socket.send.buffer.bytes=102400
                socket.receive.buffer.bytes=102400
                socket.request.max.bytes=1048576
                log.dirs=/tmp/a, /tmp/b
                num.partitions=3
                log.retention.hours=168
                harness.cluster.id=x
                my.own.key=1
                """);
        var warnings = new ArrayList<String>();
        BrokerConfig config =
                BrokerConfig.from(Settings.read(file, List.of("num.partitions=5")), warnings);
        assertEquals(7, config.nodeId());
        assertEquals("[PLAINTEXT://:9092, CONTROLLER://:9093]", config.listeners().toString());
        assertTrue(config.listeners().get(1).controller());
        assertEquals(
                "broker.example.com",
                java.util.Objects.requireNonNull(config.advertised().get("PLAINTEXT")).host());
        assertEquals(List.of(Path.of("/tmp/a"), Path.of("/tmp/b")), config.logDirs());
        assertEquals(Path.of("/tmp/a"), config.metadataDir());
        assertEquals(1_048_576, config.network().maxFrameBytes());
        assertEquals(102_400, config.network().sendBufferBytes());
        assertEquals("5", config.settings().get("num.partitions"));
        assertEquals(
                List.of(
                        "Settings of Kafka that have no effect here: num.io.threads, num.network.threads",
                        "Unknown settings, ignored: my.own.key"),
                warnings);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "num.partitions | many | num.partitions = many: wants a whole number; allowed: [1,...]",
                "num.partitions | 0 | num.partitions = 0: not allowed; allowed: [1,...]",
                "log.cleanup.policy | burn | log.cleanup.policy = burn: not allowed; allowed: ",
                "auto.create.topics.enable | maybe | auto.create.topics.enable = maybe: wants true or false",
                "listeners | localhost:9092 | listeners = localhost:9092: write it as NAME://HOST:PORT",
                "listeners | PLAINTEXT://:99999 | a port is a number from 0 to 65535, not '99999'",
                "listeners | PLAINTEXT://:1,PLAINTEXT://:2 | every listener needs a name of its own",
                "listeners | PLAINTEXT://:1,OTHER://:1 | every listener needs a port of its own",
                "listeners | OTHER://:1 | listener.security.protocol.map: the listener OTHER is missing",
                "listeners | SSL://:9093 | SSL wants SSL, and this version serves PLAINTEXT only",
                "advertised.listeners | PLAINTEXT://0.0.0.0:9092 | 0.0.0.0 means every interface",
                "advertised.listeners | EXTERNAL://a:1 | EXTERNAL is not one of the listeners",
                "millrace.flush | never | millrace.flush = never: not allowed; allowed: [ack, os]",
                "millrace.flash | os | millrace.flash = os: there is no such setting",
                "millrace.features | group.version | millrace.features = group.version: not allowed; allowed: one of eligible",
                "millrace.features | group.version=9 | allowed: one of eligible",
                "millrace.features | group.version=-1 | allowed: one of eligible",
                "millrace.features | group.version=0,nosuch=1 | group.version 0-1 share.version 0-0",
                "millrace.features | metadata.version=25 | allowed: one of eligible",
                "millrace.http.listener | 9095 | millrace.http.listener = 9095: write it as HOST:PORT, or leave it empty for none",
                "millrace.http.listener | http://localhost:9095 | write it as HOST:PORT",
                "millrace.http.listener | ::1:9095 | write it as HOST:PORT",
                "millrace.http.listener | localhost:http | a port is a number from 0 to 65535, not 'http'",
                "node.id | -2 | node.id = -2",
                "cordoned.log.dirs | /b | cordoned.log.dirs = /b: /b is not one of the log directories, which are [millrace-data]",
                "cordoned.log.dirs | millrace-data,* | cordoned.log.dirs = millrace-data,*: * stands alone",
                "process.roles | broker | process.roles = broker: a broker that is no controller needs controller.quorum.voters",
                "process.roles | cook | process.roles = cook: not allowed; allowed: [broker, controller]",
                "inter.broker.listener.name | X | inter.broker.listener.name = X: one of the listeners is wanted",
                "authorizer.class.name | a.B | authorizer.class.name = a.B: this version has no authorization",
                "max.connections.per.ip.overrides | a:b | write it as ADDRESS:NUMBER"
            })
    void aWrongValueStopsTheStartWithOneSentence(String key, String value, String sentence) {
        var wrong = assertThrows(WrongSetting.class, () -> from(Map.of(key, value)));
        String message = String.valueOf(wrong.getMessage());
        assertTrue(message.contains(sentence), message);
        assertTrue(!message.contains("\n"), message);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "group.version=0, group.version=0",
                "'share.version=1,group.version=0,nosuch=1', group.version=0",
                "share.version=1, none",
                "'', none"
            })
    void ofATestHarnessTheFeaturesOfANewClusterCount(
            String told, String features, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("server.properties");
        Files.writeString(file, "harness.features=" + told + "\n");
        assertEquals(features, Settings.read(file, List.of()).text("millrace.features"));
        assertEquals(
                "group.version=1",
                Settings.read(file, List.of("millrace.features=group.version=1"))
                        .text("millrace.features"));
    }

    @ParameterizedTest
    @CsvSource({
        ", localhost:9095, false",
        "'', , ",
        "0.0.0.0:80, 0.0.0.0:80, true",
        ":80, :80, true",
        "[::1]:80, [::1]:80, true"
    })
    void httpIsAnsweredWhereTheKeySays(String value, String address, Boolean given)
            throws WrongSetting {
        HttpAddress http =
                from(value == null ? Map.of() : Map.of("millrace.http.listener", value)).http();
        assertEquals(address, http == null ? null : http.toString());
        assertEquals(given, http == null ? null : http.given());
    }

    @Test
    void keysOfAListenerAreKnownByWhatFollowsItsName() throws WrongSetting {
        assertEquals(
                List.of(
                        "Settings of Kafka that have no effect here: listener.name.plaintext.sasl.enabled.mechanisms"),
                warnings(Map.of("listener.name.plaintext.sasl.enabled.mechanisms", "PLAIN")));
        assertEquals(List.of(), warnings(Map.of("listener.name.plaintext.max.connections", "5")));
    }

    @Test
    void anUnlimitedNumberOfConnectionsIsOurFiniteOne() throws WrongSetting {
        var network = from(Map.of("max.connections", "2147483647")).network();
        assertEquals(NetworkSettings.DEFAULTS.connections(), network.connections());
        assertEquals(5, from(Map.of("max.connections", "5")).network().connections().all());
    }

    @Test
    void addressesOfIpv6AreReadAndWritten() throws WrongSetting {
        var listener = from(Map.of("listeners", "PLAINTEXT://[::1]:9092")).listeners().getFirst();
        assertEquals("::1", listener.host());
        assertEquals("PLAINTEXT://[::1]:9092", listener.toString());
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {"internal, INTERNAL", "Internal, INTERNAL", "'', CLIENTS", "none, CLIENTS"})
    void theNameOfTheListenerBetweenBrokersIsReadAsThoseOfListeners(String name, String listener)
            throws WrongSetting {
        var given =
                new TreeMap<>(
                        Map.of(
                                "listeners", "clients://:9092,internal://:9094",
                                "listener.security.protocol.map",
                                        "internal:PLAINTEXT,clients:plaintext"));
        if (name != null) {
            given.put("inter.broker.listener.name", name);
        }
        assertEquals(listener, from(given).interBrokerListener());
    }
}
