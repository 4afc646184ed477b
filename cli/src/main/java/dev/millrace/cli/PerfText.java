package dev.millrace.cli;

import dev.millrace.cli.perf.Amount;
import dev.millrace.cli.perf.Percentiles;
import dev.millrace.cli.perf.Refusals;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// The parts that the summaries of all tests have in common, as text and as JSON.
final class PerfText {
    private PerfText() {}

    static String settings(Map<String, String> settings) {
        var pairs = new ArrayList<String>();
        settings.forEach((key, value) -> pairs.add(key + "=" + value));
        return "  " + String.join(" ", pairs);
    }

    static String amount(Amount amount) {
        return "%s, %s in %s: %s records/s, %s/s"
                .formatted(
                        Quantity.counted(amount.records(), "record"),
                        Quantity.megabytes((double) amount.bytes()),
                        Quantity.seconds(amount.seconds()),
                        Quantity.count(amount.recordsPerSecond()),
                        Quantity.megabytes(amount.bytesPerSecond()));
    }

    static String percentiles(Percentiles latency) {
        return "  p50 %s   p95 %s   p99 %s   p99.9 %s   max %s"
                .formatted(
                        Quantity.milliseconds(latency.p50()),
                        Quantity.milliseconds(latency.p95()),
                        Quantity.milliseconds(latency.p99()),
                        Quantity.milliseconds(latency.p999()),
                        Quantity.milliseconds(latency.max()));
    }

    static String sendDelay(Percentiles delay) {
        return "handed to the client after it was due by p50 %s, p99 %s, max %s"
                .formatted(
                        Quantity.milliseconds(delay.p50()),
                        Quantity.milliseconds(delay.p99()),
                        Quantity.milliseconds(delay.max()));
    }

    /// One line a kind; none when nothing was refused.
    static List<String> refusals(List<Refusals.Kind> refusals) {
        return refusals.stream()
                .map(kind ->
                        Quantity.counted(kind.records(), "record")
                                + " refused: "
                                + kind.kind()
                                + ": "
                                + kind.message())
                .toList();
    }

    static void write(JsonGenerator json, Amount amount) {
        json.writeNumberProperty("seconds", rounded(amount.seconds()));
        json.writeNumberProperty("records", amount.records());
        json.writeNumberProperty("bytes", amount.bytes());
        json.writeNumberProperty("recordsPerSecond", rounded(amount.recordsPerSecond()));
        json.writeNumberProperty("bytesPerSecond", Math.round(amount.bytesPerSecond()));
    }

    static void write(JsonGenerator json, String name, @Nullable Percentiles latency) {
        if (latency == null) {
            json.writeNullProperty(name);
            return;
        }
        json.writeObjectPropertyStart(name);
        json.writeNumberProperty("p50", latency.p50());
        json.writeNumberProperty("p95", latency.p95());
        json.writeNumberProperty("p99", latency.p99());
        json.writeNumberProperty("p999", latency.p999());
        json.writeNumberProperty("max", latency.max());
        json.writeEndObject();
    }

    static void write(JsonGenerator json, String name, @Nullable Double number) {
        if (number == null) {
            json.writeNullProperty(name);
        } else {
            json.writeNumberProperty(name, rounded(number));
        }
    }

    static void write(JsonGenerator json, List<Refusals.Kind> refusals) {
        json.writeArrayPropertyStart("errors");
        for (Refusals.Kind kind : refusals) {
            json.writeStartObject();
            json.writeStringProperty("kind", kind.kind());
            json.writeNumberProperty("records", kind.records());
            json.writeStringProperty("message", kind.message());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    static void write(JsonGenerator json, Map<String, String> settings) {
        json.writeObjectPropertyStart("settings");
        settings.forEach(json::writeStringProperty);
        json.writeEndObject();
    }

    private static double rounded(double number) {
        return Math.round(number * 1e3) / 1e3;
    }
}
