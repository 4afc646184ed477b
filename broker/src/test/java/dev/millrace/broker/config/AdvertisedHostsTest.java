package dev.millrace.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AdvertisedHostsTest {
    private static final String ALONE = "controller.quorum.voters=1@n1:9093";
    private static final String THREE = "controller.quorum.voters=1@n1:9093,2@n2:9093,3@n3:9093";
    private static final String IN_THE_LOG = "controller.quorum.bootstrap.servers=n1:9093";

    private final List<String> warnings = new ArrayList<>();

    /// @param advertised empty for none
    private BrokerConfig from(String quorum, String listener, String advertised)
            throws WrongSetting {
        return BrokerConfig.from(settings(quorum, listener, advertised), warnings);
    }

    private static Settings settings(String quorum, String listener, String advertised) {
        int equals = quorum.indexOf('=');
        boolean controller = !quorum.contains("=9@");
        var given =
                new TreeMap<>(
                        Map.of(
                                "process.roles",
                                controller ? "broker,controller" : "broker",
                                "controller.listener.names",
                                "CONTROLLER",
                                "listeners",
                                controller ? listener + ",CONTROLLER://:9093" : listener,
                                quorum.substring(0, equals),
                                quorum.substring(equals + 1)));
        if (!advertised.isEmpty()) {
            given.put("advertised.listeners", advertised);
        }
        return Settings.of(given);
    }

    private static Map<String, String> hosts(BrokerConfig config) {
        var hosts = new TreeMap<String, String>();
        config.advertised()
                .forEach((name, told) -> hosts.put(name, told.host() + ":" + told.port()));
        return hosts;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                THREE + " | PLAINTEXT://:9092 | ''",
                IN_THE_LOG + " | PLAINTEXT://:9092 | ''",
                "controller.quorum.voters=9@n9:9093 | PLAINTEXT://:9092 | ''",
                THREE + " | PLAINTEXT://0.0.0.0:19092 | PLAINTEXT://:9092"
            })
    void brokersOfSeveralAdvertiseTheNameOfTheirMachineWhereNoHostIsNamed(
            String quorum, String listener, String advertised) throws Exception {
        String name = InetAddress.getLocalHost().getCanonicalHostName();
        assertEquals(
                Map.of("PLAINTEXT", name + ":9092"), hosts(from(quorum, listener, advertised)));
        assertEquals(List.of(), warnings);
    }

    @Test
    void aHostThatIsNamedIsLeftAlone() throws Exception {
        assertEquals(Map.of(), hosts(from(THREE, "PLAINTEXT://10.0.0.1:9092", "")));
        assertEquals(
                Map.of("PLAINTEXT", "n1:19092"),
                hosts(from(THREE, "PLAINTEXT://0.0.0.0:9092", "PLAINTEXT://n1:19092")));
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0", "[::]"})
    void everyInterfaceIsNoAddressForOthers(String host) {
        String listener = "PLAINTEXT://" + host + ":9092";
        var wrong = assertThrows(WrongSetting.class, () -> from(THREE, listener, ""));
        String message = String.valueOf(wrong.getMessage());
        assertTrue(message.endsWith("; set advertised.listeners=PLAINTEXT://HOST:9092"), message);
    }

    @Test
    void whoStartsNoNodeNeedsNoAddress() throws Exception {
        var settings = settings(THREE, "PLAINTEXT://0.0.0.0:9092", "");
        assertEquals(Map.of(), hosts(BrokerConfig.offline(settings, warnings)));
    }

    @ParameterizedTest
    @CsvSource({"''", "0.0.0.0", "[::]"})
    void clientsOfOneThatIsAloneAreToldTheAddressThatTheyCameBy(String host) throws Exception {
        assertEquals(Map.of(), hosts(from(ALONE, "PLAINTEXT://" + host + ":9092", "")));
        assertEquals(1, warnings.size(), warnings.toString());
        assertTrue(
                warnings.getFirst().contains("set advertised.listeners=PLAINTEXT://HOST:9092"),
                warnings.toString());
    }

    @Test
    void oneThatNobodyCanJoinWarnsOfNothing() throws Exception {
        for (String more : List.of("", ",CONTROLLER://localhost:9093")) {
            BrokerConfig.from(
                    Settings.of(
                            Map.of(
                                    "listeners",
                                    "PLAINTEXT://:9092" + more,
                                    "controller.listener.names",
                                    "CONTROLLER")),
                    warnings);
        }
        from(ALONE, "PLAINTEXT://n1:9092", "");
        assertEquals(List.of(), warnings);
    }
}
