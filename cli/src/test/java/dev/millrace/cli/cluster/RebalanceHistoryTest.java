package dev.millrace.cli.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.cli.cluster.RebalanceHistory.Rebalance;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.apache.kafka.common.Node;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is asked of a coordinator over HTTP, and what is made of its answers.
class RebalanceHistoryTest {
    private static final int TIMEOUT_MS = 15_000;
    private static final Node BROKER = new Node(1, "broker.example", 9092);

    private HttpServer server;
    private String asked = "";
    private @Nullable String who;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private RebalanceHistory.Answer ask(int status, String body, String group) {
        server.createContext(
                "/",
                exchange -> {
                    asked = exchange.getRequestURI().getRawPath();
                    if (who != null) {
                        exchange.getResponseHeaders().set(BrokerHttp.NODE, who);
                    }
                    exchange.sendResponseHeaders(status, 0);
                    try (var out = exchange.getResponseBody()) {
                        out.write(body.getBytes(UTF_8));
                    }
                });
        return ask(group);
    }

    private RebalanceHistory.Answer ask(String group) {
        return RebalanceHistory.answer(
                BrokerHttp.get(
                        "cluster",
                        BROKER,
                        "localhost:" + server.getAddress().getPort(),
                        RebalanceHistory.path(group),
                        TIMEOUT_MS));
    }

    @Test
    void asksForTheGroupAndKeepsTheOrder() {
        String body =
                """
                {"group":"a b/c","rebalances":[
                  {"at":"2026-11-21T08:00:00Z","epoch":4,"protocol":"classic","cause":"MEMBER_JOINED","text":"x joined"},
                  {"at":"2026-11-21T08:01:00Z","epoch":5,"protocol":"classic","cause":"SESSION_EXPIRED","text":"x was silent"}]}
                """;
        var answer = ask(200, body, "a b/c");
        assertEquals("/v1/groups/a%20b%2Fc/rebalances", asked);
        assertEquals(
                List.of(
                        new Rebalance("2026-11-21T08:00:00Z", 4, "MEMBER_JOINED", "x joined"),
                        new Rebalance(
                                "2026-11-21T08:01:00Z", 5, "SESSION_EXPIRED", "x was silent")),
                answer.rebalances());
        assertEquals(
                "{\"group\":\"a b/c\",\"rebalances\":[{\"at\":\"2026-11-21T08:01:00Z\",\"epoch\":5,"
                        + "\"protocol\":\"classic\",\"cause\":\"SESSION_EXPIRED\",\"text\":\"x was silent\"}]}",
                answer.json(1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    404 | {"error":"There is no group g on this cluster."} | There is no group g on this cluster.
                    503 | {}                                               | broker 1 answered with HTTP status 503 at localhost
                    200 | <html>                                           | is no Millrace broker
                    """)
    void refusalsAreSentences(int status, String body, String sentence) {
        var refused = assertThrows(CommandFailed.class, () -> ask(status, body, "g"));
        assertTrue(refused.sentence().contains(sentence), refused.sentence());
    }

    /// `localhost`, in the setting of a broker on another machine, is whoever listens on this one.
    @ParameterizedTest
    @ValueSource(strings = {"cluster/2", "another/1"})
    void theAnswerOfAnotherBrokerIsNotTaken(String node) {
        who = node;
        var refused = assertThrows(CommandFailed.class, () -> ask(200, "{}", "g"));
        assertTrue(
                refused.sentence().contains("broker 1 is not the one that answers HTTP"),
                refused.sentence());
    }

    @Test
    void whoseAnswerItIs() {
        who = "cluster/1";
        assertEquals(List.of(), ask(200, "{}", "g").rebalances());
    }

    @Test
    void whereNobodyListensTheSettingIsNamed() {
        server.stop(0);
        var refused = assertThrows(CommandFailed.class, () -> ask("g"));
        assertTrue(
                refused.sentence().contains("millrace.http.listener=0.0.0.0:9095"),
                refused.sentence());
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:9095, localhost:9095",
        "0.0.0.0:9095, broker.example:9095",
        ":9095, broker.example:9095",
        "*:9095, broker.example:9095",
        "[::]:9095, broker.example:9095",
        "[::1]:9095, [::1]:9095",
        "10.0.0.1:1 , 10.0.0.1:1"
    })
    void addresses(String listener, String address) {
        assertEquals(address, BrokerHttp.address(listener, BROKER.host()));
    }

    @Test
    void theFirstOfSeveralAddresses() {
        assertEquals("a:1", BrokerHttp.address("a:1,b:2", "host"));
        assertThrows(CommandFailed.class, () -> BrokerHttp.address("nonsense", "host"));
    }
}
