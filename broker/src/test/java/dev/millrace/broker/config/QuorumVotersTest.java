package dev.millrace.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuorumVotersTest {
    private static BrokerConfig from(String roles, int id, String key, String value)
            throws WrongSetting {
        var given =
                new TreeMap<>(
                        Map.of(
                                "process.roles",
                                roles,
                                "node.id",
                                Integer.toString(id),
                                "controller.listener.names",
                                "CONTROLLER",
                                "listeners",
                                switch (roles) {
                                    case "broker" -> "PLAINTEXT://:9092";
                                    case "controller" -> "CONTROLLER://:9093";
                                    default -> "PLAINTEXT://:9092,CONTROLLER://:9093";
                                }));
        given.put(key, value);
        return BrokerConfig.from(Settings.of(given), new ArrayList<>());
    }

    @Test
    void areReadInTheOrderOfTheirIds() throws WrongSetting {
        QuorumVoters voters =
                from("controller", 2, "controller.quorum.voters", "3@c:9093, 2@b:9093,1@[::1]:9093")
                        .quorum();
        assertEquals(List.of(1, 2, 3), List.copyOf(voters.fixed().keySet()));
        assertEquals(
                List.of("::1", "b", "c"),
                voters.fixed().values().stream().map(InetSocketAddress::getHostString).toList());
    }

    @Test
    void bootstrapServersAreWhereToAskWithoutThem() throws WrongSetting {
        QuorumVoters voters =
                from("broker", 7, "controller.quorum.bootstrap.servers", "a:1,b:2").quorum();
        assertEquals(2, voters.addresses().size());
        assertEquals("controller.quorum.bootstrap.servers", voters.key());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "controller | 4 | 1@a:9093,2@b:9093 | node 4 is a controller and must be among the voters",
                "broker | 1 | 1@a:9093,2@b:9093 | node 1 is no controller",
                "controller | 1 | 1@a:9093,1@b:9093 | every voter needs an id of its own",
                "controller | 1 | 1@a:9093,2@a:9093 | every voter needs an address of its own",
                "controller | 1 | 1@a:9094,2@b:9093 | node 1 listens at port 9093 of CONTROLLER://:9093",
                "controller | 1 | 1@0.0.0.0:9093 | is no address that other nodes can connect to",
                "broker,controller | 1 | a:9093 | write it as ID@HOST:PORT",
                "broker,controller | 1 | 1@a | write it as ID@HOST:PORT"
            })
    void aWrongListStopsTheStartWithOneSentence(
            String roles, int id, String voters, String sentence) {
        var wrong =
                assertThrows(
                        WrongSetting.class,
                        () -> from(roles, id, "controller.quorum.voters", voters));
        String message = String.valueOf(wrong.getMessage());
        assertTrue(message.contains(sentence), message);
        assertTrue(!message.contains("\n"), message);
    }
}
