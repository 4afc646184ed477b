package dev.millrace.broker.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.http.Answer;
import dev.millrace.broker.http.Site;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class HealthSiteTest {
    private final AtomicReference<String> reason = new AtomicReference<>("it starts");
    private final AtomicInteger made = new AtomicInteger();
    private final HealthSite site = new HealthSite(reason::get);

    private Site others() {
        made.incrementAndGet();
        return path -> new Answer(200, Answer.TEXT, path);
    }

    @Test
    void beforeItServesItLivesAndSaysWhyItIsNotReady() {
        assertEquals(200, site.get("/live").status());
        assertEquals(503, site.get("/ready").status());
        assertTrue(site.get("/ready").body().contains("\"reason\":\"it starts\""));
        assertEquals(503, site.get("/metrics").status());
        assertEquals(0, made.get(), "what needs the broker is not touched");
    }

    @Test
    void readinessComesAndGoes() {
        site.serve(this::others);
        reason.set(null);
        assertEquals(200, site.get("/ready").status());
        assertEquals("/metrics", site.get("/metrics").body());
        assertEquals("/v1/groups", site.get("/v1/groups").body());
        assertEquals(1, made.get());
        reason.set("it is stopping");
        assertEquals(503, site.get("/ready").status());
        assertEquals(200, site.get("/live").status());
    }
}
