package dev.millrace.cli.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.cli.perf.Amount;
import dev.millrace.cli.perf.ConsumePlan;
import dev.millrace.cli.perf.ConsumeSummary;
import dev.millrace.cli.perf.Extent;
import dev.millrace.cli.perf.Percentiles;
import dev.millrace.cli.perf.SendTest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The lines that scripts read, as Apache Kafka's tools print them: recorded from those, with the same figures.
class KafkaPerfToolsTest {
    @Test
    void theProducersLastLine() {
        var sent =
                new SendTest.Sent(
                        new Amount(6.024, 3_000, 300_000),
                        new Percentiles(17.17, 7, 66, 150, 150, 396));
        assertEquals(
                "3000 records sent, 498.007968 records/sec (0.05 MB/sec), 17.17 ms avg latency, 396.00 ms max latency,"
                        + " 7 ms 50th, 66 ms 95th, 150 ms 99th, 150 ms 99.9th.",
                KafkaProducerPerfTest.total(sent, ""));
        assertEquals(
                "3000 steady state records sent,",
                KafkaProducerPerfTest.total(sent, "steady state ").substring(0, 31));
    }

    @Test
    void theConsumersColumns() {
        var plan =
                new ConsumePlan(
                        "load",
                        "g",
                        1,
                        true,
                        new Extent(3_000, Long.MAX_VALUE),
                        Duration.ZERO,
                        Map.of());
        var summary =
                new ConsumeSummary(
                        plan,
                        1,
                        Map.of(),
                        false,
                        new Amount(0.138, 3_000, 3_072_000),
                        0.484,
                        0.5,
                        true);
        var dates =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss:SSS", Locale.ROOT)
                        .withZone(ZoneOffset.UTC);
        assertEquals(
                "2026-11-21 17:12:54:092, 2026-11-21 17:12:54:714, 2.9297, 4.7101, 3000, 4823.1511, 484, 138, 21.2296, 21739.1304",
                KafkaConsumerPerfTest.figures(
                        summary, Instant.parse("2026-11-21T17:12:54.092Z"), dates));
    }

    @Test
    void anOptionTakesSeveralValues() {
        var arguments =
                new KafkaProducerPerfTest()
                        .options()
                        .parse(
                                new String[] {
                                    "--command-property", "acks=1", "linger.ms=0", "--topic", "t"
                                });
        assertEquals(List.of("acks=1", "linger.ms=0"), arguments.values("command-property"));
        assertEquals("t", arguments.value("topic"));
    }
}
