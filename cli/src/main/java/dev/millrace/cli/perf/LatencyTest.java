package dev.millrace.cli.perf;

import dev.millrace.cli.cluster.Connection;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/// `millrace perf latency`: a producer at a rate and a consumer beside it, in one process and so on one clock.
///
/// **Owner.** The thread that calls [#run].
public final class LatencyTest {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration PATIENCE_AFTER_STOP = Duration.ofSeconds(1);

    private final LatencyPlan plan;
    private final Connection connection;
    private final Stopwatch clock;
    private final StopSignal stop;
    private final Deliveries deliveries = new Deliveries();
    private volatile boolean sent;

    public LatencyTest(LatencyPlan plan, Connection connection, Stopwatch clock, StopSignal stop) {
        this.plan = plan;
        this.connection = connection;
        this.clock = clock;
        this.stop = stop;
    }

    /// Runs the test to its end.
    ///
    /// @param progress called every second once warm-up is over
    public LatencySummary run(Consumer<Meter.Look> progress) {
        var effective = ProducerSet.effective(connection, plan.producerSettings());
        var topic = TestTopic.prepare(connection, plan.topic(), plan.partitions());
        topic.requireRoom(
                connection,
                plan.payload().maxSize(),
                effective.getInt("max.request.size"),
                !"none".equals(effective.getString("compression.type")));
        try (var consumers = ConsumerSet.open(connection, plan.consumerSettings(), 1);
                var producers =
                        ProducerSet.open(connection, plan.producerSettings(), plan.topic(), 1)) {
            consumers.divide(topic, false);
            var run = new Run(clock.nowNs());
            var crew = new Crew(stop);
            crew.add("consumer", () -> receive(consumers, run));
            crew.add("producer", () -> send(producers, run));
            crew.run(
                    Ticks.EVERY_MS,
                    new Ticks(
                            run.meter, run.measureFromNs, clock, progress, stop, producers::abort));
            return new LatencySummary(
                    plan,
                    topic.partitions(),
                    ProducerSet.telling(effective),
                    stop.byUser(),
                    run.amount(),
                    run.meter.latency(),
                    run.sendDelays.total(),
                    deliveries.missing(),
                    deliveries.duplicated(),
                    run.refusals.kinds());
        }
    }

    /// What producer and consumer share once the clock runs.
    private final class Run {
        final long measureFromNs;
        final Schedule schedule;
        final Meter meter;
        final Latencies sendDelays = new Latencies();
        final Refusals refusals = new Refusals();
        final Stamp stamp = new Stamp(new SplittableRandom().nextLong());

        Run(long startNs) {
            measureFromNs = startNs + plan.warmUp().toNanos();
            schedule = new Schedule(startNs, plan.rate());
            meter = new Meter(measureFromNs);
        }

        Amount amount() {
            double seconds = (meter.lastNs(measureFromNs) - measureFromNs) / 1e9;
            return new Amount(seconds, meter.records(), meter.bytes());
        }
    }

    private void send(ProducerSet producers, Run run) {
        var payload = plan.payload().another();
        var load =
                new ProduceLoad(
                        producers.get(0),
                        index ->
                                new ProducerRecord<>(
                                        plan.topic(), run.stamp.write(payload.next(), index)),
                        new ProduceLoad.Course(
                                run.schedule,
                                ProduceLoad.From.DUE,
                                0,
                                1,
                                run.measureFromNs,
                                plan.extent()),
                        new ProduceLoad.Results(
                                (index, _, _) -> deliveries.acknowledged(index),
                                run.sendDelays,
                                run.refusals,
                                connection.address()),
                        clock,
                        stop);
        try {
            load.run();
        } finally {
            sent = true;
        }
    }

    private void receive(ConsumerSet consumers, Run run) {
        long quietSinceNs = clock.nowNs();
        while (!sent || waiting(quietSinceNs)) {
            var records = consumers.get(0).poll(POLL);
            long nowNs = clock.nowNs();
            for (ConsumerRecord<byte[], byte[]> record : records) {
                take(record, run, nowNs);
            }
            if (!sent || !records.isEmpty()) {
                quietSinceNs = nowNs;
            }
        }
    }

    /// Everything is sent and acknowledged or refused: is it worth waiting for what has not arrived?
    private boolean waiting(long quietSinceNs) {
        var patience = stop.requested() ? PATIENCE_AFTER_STOP : plan.patience();
        return clock.nowNs() - quietSinceNs < patience.toNanos() && deliveries.missing() > 0;
    }

    private void take(ConsumerRecord<byte[], byte[]> record, Run run, long nowNs) {
        long index = run.stamp.index(record.value());
        if (index < 0 || !deliveries.arrived(index)) {
            return;
        }
        long dueNs = run.schedule.dueNs(index);
        if (dueNs >= run.measureFromNs) {
            run.meter.arrived(record.value().length, nowNs - dueNs, nowNs);
        }
    }
}
