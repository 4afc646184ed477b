package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a whole broker answers over HTTP.
@Timeout(120)
final class MetricsTest {
    private final Broker broker;

    MetricsTest() throws Exception {
        var given =
                Map.of(
                        "listeners",
                        "PLAINTEXT://localhost:0",
                        "millrace.http.listener",
                        "localhost:0");
        broker = Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), true);
    }

    @AfterEach
    void stop() {
        broker.stop();
    }

    private HttpResponse<String> get(String path) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://" + broker.httpAddress() + path))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private Admin admin() throws Exception {
        String server = "localhost:" + broker.addresses().getFirst().getPort();
        return Admin.create(Map.of("bootstrap.servers", server));
    }

    @Test
    void aScrapeHasWhatPrometheusWants() throws Exception {
        try (Admin admin = admin()) {
            admin.describeCluster().clusterId().get();
            HttpResponse<String> scrape = get("/metrics");
            assertEquals(200, scrape.statusCode());
            assertEquals(
                    "text/plain; version=0.0.4; charset=utf-8",
                    scrape.headers().firstValue("content-type").orElse(""));
            String text = scrape.body();
            assertTrue(text.contains("\nmillrace_broker_info{node_id=\"1\",cluster_id="), text);
            assertTrue(text.matches("(?s).*\nmillrace_connections [12]\n.*"), text);
            assertTrue(text.contains("\nprocess_resident_memory_bytes "), text);
        }
        assertEquals(404, get("/").statusCode());
        assertTrue(get("/").body().contains("/v1/balancing"), get("/").body());
    }

    @Test
    void aBrokerThatHasStartedIsLiveAndReady() throws Exception {
        assertEquals(200, get("/live").statusCode());
        assertEquals("{\"status\":\"ready\"}\n", get("/ready").body());
        assertEquals(200, get("/ready").statusCode());
    }

    @Test
    void anyClientCanAskWhereItIs() throws Exception {
        try (Admin admin = admin()) {
            var resource = new ConfigResource(ConfigResource.Type.BROKER, "1");
            var config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
            assertNotNull(config);
            assertEquals(
                    String.valueOf(broker.httpAddress()),
                    config.get("millrace.http.listener").value());
        }
    }
}
