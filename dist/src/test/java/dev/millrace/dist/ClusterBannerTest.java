package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.Settings;
import dev.millrace.dist.local.LocalPlan;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ClusterBannerTest {
    private static final List<Integer> PORTS = List.of(11, 12, 13, 21, 22, 23, 31, 32, 33);

    private static String text(Settings given) {
        return ClusterBanner.text(new LocalPlan(given, Path.of("data"), 3, PORTS), true, true);
    }

    @Test
    void whereEachBrokerAnswersHttpIsSaid() {
        String text = text(Settings.NONE);
        assertTrue(
                text.contains(
                        "http://localhost:21/metrics; of broker 2 at localhost:22, of 3 at localhost:23\n"),
                text);
    }

    @Test
    void noneAnswersWhereThatWasTurnedOff() {
        String text = text(Settings.NONE.with("millrace.http.listener", ""));
        assertTrue(text.contains("metrics         none\n"), text);
        assertFalse(text.contains("localhost:22"), text);
    }
}
