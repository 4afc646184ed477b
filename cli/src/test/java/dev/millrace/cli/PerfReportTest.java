package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.cli.perf.Amount;
import dev.millrace.cli.perf.ConsumePlan;
import dev.millrace.cli.perf.ConsumeSummary;
import dev.millrace.cli.perf.Extent;
import dev.millrace.cli.perf.LatencyPlan;
import dev.millrace.cli.perf.LatencySummary;
import dev.millrace.cli.perf.Payload;
import dev.millrace.cli.perf.Percentiles;
import dev.millrace.cli.perf.ProducePlan;
import dev.millrace.cli.perf.ProduceSummary;
import dev.millrace.cli.perf.Refusals;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The summaries, word for word and name by name, as `docs/perf.md` explains them.
class PerfReportTest {
    private static final Percentiles LATENCY =
            new Percentiles(1.1, 0.912, 1.431, 2.1, 8.327, 214.5);
    private static final Percentiles DELAY = new Percentiles(0.08, 0.07, 0.09, 0.21, 1.5, 4.003);
    private static final Payload KILOBYTE = Payload.random(1024, 0, 1);
    private static final Extent HALF_A_MINUTE =
            new Extent(Long.MAX_VALUE, Duration.ofSeconds(30).toNanos());

    private static Map<String, String> settings() {
        var settings = new LinkedHashMap<String, String>();
        settings.put("acks", "all");
        settings.put("linger.ms", "5");
        return settings;
    }

    private static ProduceSummary produced(@Nullable Double rate, List<Refusals.Kind> refusals) {
        var plan =
                new ProducePlan(
                        "load",
                        null,
                        HALF_A_MINUTE,
                        Duration.ofSeconds(2),
                        rate,
                        KILOBYTE,
                        2,
                        Map.of());
        return new ProduceSummary(
                plan,
                6,
                settings(),
                !refusals.isEmpty(),
                new Amount(30, 60_000, 61_440_000),
                LATENCY,
                rate == null ? null : DELAY,
                refusals);
    }

    private static ConsumeSummary consumed(@Nullable String group, long records, boolean complete) {
        var plan = new ConsumePlan("load", group, 3, true, null, Duration.ofSeconds(10), Map.of());
        return new ConsumeSummary(
                plan,
                6,
                Map.of("fetch.min.bytes", "1"),
                false,
                new Amount(2.5, records, records * 1_000),
                group == null ? null : 3.05,
                records == 0 ? null : 3.2,
                complete);
    }

    private static LatencySummary delivered(long lost) {
        var plan =
                new LatencyPlan(
                        "load",
                        null,
                        HALF_A_MINUTE,
                        Duration.ofSeconds(1),
                        0.5,
                        Payload.random(100, 0, 1),
                        Duration.ofSeconds(10),
                        Map.of(),
                        Map.of());
        return new LatencySummary(
                plan,
                1,
                settings(),
                false,
                new Amount(30, 15 - lost, 1_500),
                LATENCY,
                DELAY,
                lost,
                0,
                List.of());
    }

    private static String text(List<String> lines) {
        return String.join("\n", lines) + "\n";
    }

    @Test
    void produceAtARate() {
        assertEquals(
                """
                produce to load: 6 partitions, 2 producers, values of 1 KB, 2,000 records/s
                  acks=all linger.ms=5
                60,000 records, 58.6 MB in 30.0 s: 2,000 records/s, 1.95 MB/s
                latency, from due until acknowledged:
                  p50 0.91 ms   p95 1.43 ms   p99 2.10 ms   p99.9 8.33 ms   max 215 ms
                handed to the client after it was due by p50 0.07 ms, p99 0.21 ms, max 4.00 ms
                """,
                text(PerfReport.lines(produced(2_000.0, List.of()))));
    }

    @Test
    void produceAsFastAsItGoesWithRefusalsAndStopped() {
        var refusals =
                List.of(
                        new Refusals.Kind("NotEnoughReplicas", 12, "too few in sync"),
                        new Refusals.Kind("Timeout", 1, "no answer"));
        assertEquals(
                """
                produce to load: 6 partitions, 2 producers, values of 1 KB, as fast as it goes
                  acks=all linger.ms=5
                60,000 records, 58.6 MB in 30.0 s: 2,000 records/s, 1.95 MB/s
                latency, from handed to the client until acknowledged:
                  p50 0.91 ms   p95 1.43 ms   p99 2.10 ms   p99.9 8.33 ms   max 215 ms
                12 records refused: NotEnoughReplicas: too few in sync
                1 record refused: Timeout: no answer
                stopped before its end
                """,
                text(PerfReport.lines(produced(null, refusals))));
    }

    @Test
    void consumeInAGroup() {
        assertEquals(
                """
                consume from load: 6 partitions, 3 consumers in group readers, from beginning
                  fetch.min.bytes=1
                10,000 records, 9.54 MB in 2.50 s: 4,000 records/s, 3.81 MB/s
                first record after 3.20 s
                rebalance 3.05 s, apart: not in the time above
                """,
                text(PerfReport.lines(consumed("readers", 10_000, true))));
    }

    @Test
    void consumeThatFallsShortSaysWhy() {
        assertEquals(
                "gave up: the end of the topic was not reached, and nothing came for 10 s",
                PerfReport.lines(consumed(null, 1, false)).getLast());
        assertEquals(
                "nothing was left to read: group readers is at the end of the topic; name another group, or `millrace group reset` it",
                PerfReport.lines(consumed("readers", 0, true)).getLast());
    }

    @Test
    void latencyEndToEnd() {
        assertEquals(
                """
                latency through load: 1 partition, values of 100 B, 0.5 records/s
                  acks=all linger.ms=5
                13 records, 0.00 MB in 30.0 s: 0 records/s, 0.00 MB/s
                latency, from due until the consumer had it:
                  p50 0.91 ms   p95 1.43 ms   p99 2.10 ms   p99.9 8.33 ms   max 215 ms
                handed to the client after it was due by p50 0.07 ms, p99 0.21 ms, max 4.00 ms
                2 lost, 0 duplicated
                """,
                text(PerfReport.lines(delivered(2))));
    }

    @Test
    void json() {
        var refusals = List.of(new Refusals.Kind("Timeout", 1, "no answer"));
        assertEquals(
                """
                {"test":"produce","topic":"load","partitions":6,"producers":2,"ratePerSecond":2000.0,"warmUpSeconds":2.0,\
                "maxValueBytes":1024,"settings":{"acks":"all","linger.ms":"5"},"seconds":30.0,"records":60000,"bytes":61440000,\
                "recordsPerSecond":2000.0,"bytesPerSecond":2048000,"latencyFrom":"due",\
                "latencyMs":{"p50":0.912,"p95":1.431,"p99":2.1,"p999":8.327,"max":214.5},\
                "sendDelayMs":{"p50":0.07,"p95":0.09,"p99":0.21,"p999":1.5,"max":4.003},\
                "refused":1,"errors":[{"kind":"Timeout","records":1,"message":"no answer"}],"stopped":true}\
                """,
                Json.text(json -> PerfJson.write(json, produced(2_000.0, refusals))));
        assertEquals(
                """
                {"test":"consume","topic":"load","partitions":6,"consumers":3,"group":null,"from":"beginning",\
                "settings":{"fetch.min.bytes":"1"},"seconds":2.5,"records":10000,"bytes":10000000,\
                "recordsPerSecond":4000.0,"bytesPerSecond":4000000,"firstRecordSeconds":3.2,"rebalanceSeconds":null,\
                "complete":true,"stopped":false}\
                """,
                Json.text(json -> PerfJson.write(json, consumed(null, 10_000, true))));
        assertEquals(
                """
                {"test":"latency","topic":"load","partitions":1,"ratePerSecond":0.5,"warmUpSeconds":1.0,"maxValueBytes":100,\
                "settings":{"acks":"all","linger.ms":"5"},"seconds":30.0,"records":13,"bytes":1500,\
                "recordsPerSecond":0.433,"bytesPerSecond":50,"latencyFrom":"due",\
                "latencyMs":{"p50":0.912,"p95":1.431,"p99":2.1,"p999":8.327,"max":214.5},\
                "sendDelayMs":{"p50":0.07,"p95":0.09,"p99":0.21,"p999":1.5,"max":4.003},\
                "lost":2,"duplicated":0,"refused":0,"errors":[],"stopped":false}\
                """,
                Json.text(json -> PerfJson.write(json, delivered(2))));
    }
}
