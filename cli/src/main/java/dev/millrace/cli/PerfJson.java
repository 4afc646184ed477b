package dev.millrace.cli;

import dev.millrace.cli.perf.ConsumeSummary;
import dev.millrace.cli.perf.LatencySummary;
import dev.millrace.cli.perf.Percentiles;
import dev.millrace.cli.perf.ProduceSummary;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// The summaries of the tests for programs: one object each, its names and units as `docs/perf.md` lists them.
final class PerfJson {
    private PerfJson() {}

    static void write(JsonGenerator json, ProduceSummary summary) {
        var plan = summary.plan();
        begin(json, "produce", plan.topic(), summary.partitions());
        json.writeNumberProperty("producers", plan.producers());
        PerfText.write(json, "ratePerSecond", plan.rate());
        json.writeNumberProperty("warmUpSeconds", plan.warmUp().toMillis() / 1e3);
        json.writeNumberProperty("maxValueBytes", plan.payload().maxSize());
        PerfText.write(json, summary.settings());
        PerfText.write(json, summary.amount());
        json.writeStringProperty("latencyFrom", plan.rate() == null ? "send" : "due");
        PerfText.write(json, "latencyMs", ifAny(summary.amount().records(), summary.latency()));
        PerfText.write(json, "sendDelayMs", summary.sendDelay());
        json.writeNumberProperty("refused", summary.refused());
        PerfText.write(json, summary.refusals());
        end(json, summary.stopped());
    }

    static void write(JsonGenerator json, ConsumeSummary summary) {
        var plan = summary.plan();
        begin(json, "consume", plan.topic(), summary.partitions());
        json.writeNumberProperty("consumers", plan.consumers());
        json.writeStringProperty("group", plan.group());
        json.writeStringProperty("from", plan.fromBeginning() ? "beginning" : "latest");
        PerfText.write(json, summary.settings());
        PerfText.write(json, summary.amount());
        PerfText.write(json, "firstRecordSeconds", summary.firstRecordSeconds());
        PerfText.write(json, "rebalanceSeconds", summary.rebalanceSeconds());
        json.writeBooleanProperty("complete", summary.complete());
        end(json, summary.stopped());
    }

    static void write(JsonGenerator json, LatencySummary summary) {
        var plan = summary.plan();
        begin(json, "latency", plan.topic(), summary.partitions());
        PerfText.write(json, "ratePerSecond", (Double) plan.rate());
        json.writeNumberProperty("warmUpSeconds", plan.warmUp().toMillis() / 1e3);
        json.writeNumberProperty("maxValueBytes", plan.payload().maxSize());
        PerfText.write(json, summary.settings());
        PerfText.write(json, summary.amount());
        json.writeStringProperty("latencyFrom", "due");
        PerfText.write(json, "latencyMs", ifAny(summary.amount().records(), summary.latency()));
        PerfText.write(json, "sendDelayMs", summary.sendDelay());
        json.writeNumberProperty("lost", summary.lost());
        json.writeNumberProperty("duplicated", summary.duplicated());
        json.writeNumberProperty("refused", summary.refused());
        PerfText.write(json, summary.refusals());
        end(json, summary.stopped());
    }

    private static void begin(JsonGenerator json, String test, String topic, int partitions) {
        json.writeStartObject();
        json.writeStringProperty("test", test);
        json.writeStringProperty("topic", topic);
        json.writeNumberProperty("partitions", partitions);
    }

    private static void end(JsonGenerator json, boolean stopped) {
        json.writeBooleanProperty("stopped", stopped);
        json.writeEndObject();
    }

    private static @Nullable Percentiles ifAny(long records, Percentiles latency) {
        return records == 0 ? null : latency;
    }
}
