package dev.millrace.cli.perf;

import dev.millrace.cli.cluster.Connection;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/// `millrace perf produce`: some producers, as fast as they go or at a rate, until each record is acknowledged.
///
/// **Owner.** The thread that calls [#run].
public final class ProduceTest {
    private final ProducePlan plan;
    private final Connection connection;
    private final Stopwatch clock;
    private final StopSignal stop;

    public ProduceTest(ProducePlan plan, Connection connection, Stopwatch clock, StopSignal stop) {
        this.plan = plan;
        this.connection = connection;
        this.clock = clock;
        this.stop = stop;
    }

    /// Runs the test to its end.
    ///
    /// @param progress called every second once warm-up is over
    public ProduceSummary run(Consumer<Meter.Look> progress) {
        var effective = ProducerSet.effective(connection, plan.settings());
        var topic = TestTopic.prepare(connection, plan.topic(), plan.partitions());
        topic.requireRoom(
                connection,
                plan.payload().maxSize(),
                effective.getInt("max.request.size"),
                !"none".equals(effective.getString("compression.type")));
        try (var producers =
                ProducerSet.open(connection, plan.settings(), plan.topic(), plan.producers())) {
            var measured = measure(producers, progress);
            return new ProduceSummary(
                    plan,
                    topic.partitions(),
                    ProducerSet.telling(effective),
                    stop.byUser(),
                    measured.amount(),
                    measured.latency(),
                    measured.sendDelay(),
                    measured.refusals().kinds());
        }
    }

    private record Measured(
            Amount amount,
            Percentiles latency,
            @Nullable Percentiles sendDelay,
            Refusals refusals) {}

    private Measured measure(ProducerSet producers, Consumer<Meter.Look> progress) {
        long startNs = clock.nowNs();
        long measureFromNs = startNs + plan.warmUp().toNanos();
        var schedule = plan.rate() == null ? null : new Schedule(startNs, plan.rate());
        var meter = new Meter(measureFromNs);
        var sendDelays = new Latencies();
        var refusals = new Refusals();
        ProduceLoad.Acknowledged acknowledged =
                (_, size, beginNs) -> {
                    if (beginNs >= measureFromNs) {
                        long nowNs = clock.nowNs();
                        meter.arrived(size, nowNs - beginNs, nowNs);
                    }
                };
        var results =
                new ProduceLoad.Results(acknowledged, sendDelays, refusals, connection.address());
        var crew = new Crew(stop);
        for (int i = 0; i < producers.size(); i++) {
            var course =
                    new ProduceLoad.Course(
                            schedule,
                            schedule == null ? ProduceLoad.From.SENT : ProduceLoad.From.DUE,
                            i,
                            producers.size(),
                            measureFromNs,
                            plan.extent().share(i, producers.size()));
            var payload = plan.payload().another();
            var load =
                    new ProduceLoad(
                            producers.get(i),
                            _ -> new ProducerRecord<>(plan.topic(), payload.next()),
                            course,
                            results,
                            clock,
                            stop);
            crew.add("producer-" + (i + 1), load::run);
        }
        crew.run(
                Ticks.EVERY_MS,
                new Ticks(meter, measureFromNs, clock, progress, stop, producers::abort));
        double seconds = (meter.lastNs(measureFromNs) - measureFromNs) / 1e9;
        return new Measured(
                new Amount(seconds, meter.records(), meter.bytes()),
                meter.latency(),
                schedule == null ? null : sendDelays.total(),
                refusals);
    }
}
