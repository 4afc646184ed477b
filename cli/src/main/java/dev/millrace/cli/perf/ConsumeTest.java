package dev.millrace.cli.perf;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/// `millrace perf consume`: some consumers, with a group or without, as fast as they go.
///
/// **Owner.** The thread that calls [#run].
public final class ConsumeTest {
    private final ConsumePlan plan;
    private final Connection connection;
    private final Stopwatch clock;
    private final StopSignal stop;

    public ConsumeTest(ConsumePlan plan, Connection connection, Stopwatch clock, StopSignal stop) {
        this.plan = plan;
        this.connection = connection;
        this.clock = clock;
        this.stop = stop;
    }

    /// Runs the test to its end.
    ///
    /// @param progress called every second
    public ConsumeSummary run(Consumer<Meter.Look> progress) {
        var topic = TestTopic.existing(connection, plan.topic());
        try (var consumers = ConsumerSet.open(connection, plan.settings(), plan.consumers())) {
            var ends =
                    plan.extent() == null ? ends(consumers, topic) : Map.<TopicPartition, Long>of();
            return measure(consumers, topic, ends, progress);
        }
    }

    private ConsumeSummary measure(
            ConsumerSet consumers,
            TestTopic topic,
            Map<TopicPartition, Long> ends,
            Consumer<Meter.Look> progress) {
        long startNs = clock.nowNs();
        var rebalances =
                plan.group() == null
                        ? Rebalances.none(clock, startNs)
                        : new Rebalances(clock, startNs);
        join(consumers, topic, rebalances);
        var goal = plan.extent() == null ? Goal.ends(ends) : Goal.of(plan.extent(), startNs);
        var meter = new Meter(startNs);
        var arrivals = new Arrivals(meter, startNs);
        var silence = new Silence(arrivals, rebalances, plan.patience().toNanos());
        var crew = new Crew(stop);
        for (int i = 0; i < consumers.size(); i++) {
            var load = new ConsumeLoad(consumers.get(i), goal, arrivals, silence, clock, stop);
            crew.add("consumer-" + (i + 1), load::run);
        }
        crew.run(Ticks.EVERY_MS, new Ticks(meter, startNs, clock, progress, stop, () -> {}));
        boolean byRecords = !goal.byTime() && meter.records() > 0;
        long endNs = byRecords ? arrivals.lastNs() : goal.endNs(clock.nowNs());
        long rebalanceNs = rebalances.totalNs(endNs);
        return new ConsumeSummary(
                plan,
                topic.partitions(),
                ConsumerSet.telling(connection, plan.settings()),
                stop.byUser(),
                new Amount((endNs - startNs - rebalanceNs) / 1e9, meter.records(), meter.bytes()),
                plan.group() == null ? null : rebalanceNs / 1e9,
                meter.records() == 0 ? null : (arrivals.firstNs() - startNs) / 1e9,
                goal.reached(endNs));
    }

    private void join(ConsumerSet consumers, TestTopic topic, Rebalances rebalances) {
        if (plan.group() == null) {
            consumers.divide(topic, plan.fromBeginning());
            return;
        }
        for (int i = 0; i < consumers.size(); i++) {
            consumers.get(i).subscribe(List.of(topic.name()), rebalances.member());
        }
    }

    /// Where the partitions end now; fails for a topic with nothing in it.
    private Map<TopicPartition, Long> ends(ConsumerSet consumers, TestTopic topic) {
        var partitions = new ArrayList<TopicPartition>();
        for (int number = 0; number < topic.partitions(); number++) {
            partitions.add(new TopicPartition(topic.name(), number));
        }
        var ends = consumers.get(0).endOffsets(partitions);
        var beginnings = consumers.get(0).beginningOffsets(partitions);
        if (ends.equals(beginnings)) {
            throw CommandFailed.because(
                    "topic %s is empty: `millrace perf produce %s --records 100000` fills it"
                            .formatted(topic.name(), topic.name()));
        }
        return ends;
    }
}
