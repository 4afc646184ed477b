package dev.millrace.cli.perf;

import dev.millrace.cli.cluster.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/// A produce test as Kafka's own tool makes it, for figures that can be laid beside those: one producer, a number of records, and every
/// latency counted from the instant at which the record was handed to the client, at a rate too.
///
/// **Owner.** The thread that calls [#run].
public final class SendTest {
    private final Plan plan;
    private final Connection connection;
    private final Stopwatch clock;
    private final StopSignal stop;

    /// What to do.
    ///
    /// @param rate records in a second; null for as fast as they go
    /// @param warmUpRecords how many come before the steady state
    public record Plan(
            String topic,
            long records,
            @Nullable Double rate,
            long warmUpRecords,
            Payload payload,
            Map<String, String> settings) {}

    /// What was acknowledged, and how long it took.
    public record Sent(Amount amount, Percentiles latency) {}

    /// What came of it.
    ///
    /// @param steady without the records of the warm-up; null when there was none
    public record Result(Sent all, @Nullable Sent steady, List<Refusals.Kind> refusals) {}

    public SendTest(Plan plan, Connection connection, Stopwatch clock, StopSignal stop) {
        this.plan = plan;
        this.connection = connection;
        this.clock = clock;
        this.stop = stop;
    }

    /// Runs the test to its end.
    ///
    /// @param progress called every so many milliseconds
    public Result run(long everyMs, Consumer<Meter.Look> progress) {
        TestTopic.existing(connection, plan.topic());
        try (var producers = ProducerSet.open(connection, plan.settings(), plan.topic(), 1)) {
            long startNs = clock.nowNs();
            var all = new Meter(startNs);
            var steady = new Meter(startNs);
            var steadyFromNs = new AtomicLong(Long.MAX_VALUE);
            var refusals = new Refusals();
            ProduceLoad.Acknowledged acknowledged =
                    (index, size, beginNs) -> {
                        long nowNs = clock.nowNs();
                        all.arrived(size, nowNs - beginNs, nowNs);
                        if (index >= plan.warmUpRecords()) {
                            steadyFromNs.accumulateAndGet(beginNs, Math::min);
                            steady.arrived(size, nowNs - beginNs, nowNs);
                        }
                    };
            var load =
                    new ProduceLoad(
                            producers.get(0),
                            _ -> new ProducerRecord<>(plan.topic(), plan.payload().next()),
                            course(startNs),
                            new ProduceLoad.Results(
                                    acknowledged, new Latencies(), refusals, connection.address()),
                            clock,
                            stop);
            var crew = new Crew(stop);
            crew.add("producer", load::run);
            crew.run(everyMs, () -> progress.accept(all.look(clock.nowNs())));
            boolean warm = plan.warmUpRecords() > 0 && steady.records() > 0;
            return new Result(
                    sent(all, startNs),
                    warm ? sent(steady, steadyFromNs.get()) : null,
                    refusals.kinds());
        }
    }

    private ProduceLoad.Course course(long startNs) {
        var schedule = plan.rate() == null ? null : new Schedule(startNs, plan.rate());
        var extent = new Extent(plan.records(), Long.MAX_VALUE);
        return new ProduceLoad.Course(schedule, ProduceLoad.From.SENT, 0, 1, startNs, extent);
    }

    private static Sent sent(Meter meter, long fromNs) {
        double seconds = (meter.lastNs(fromNs) - fromNs) / 1e9;
        return new Sent(new Amount(seconds, meter.records(), meter.bytes()), meter.latency());
    }
}
