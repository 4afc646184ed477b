package dev.millrace.simulator.transaction;

import dev.millrace.simulator.checker.Anomaly;
import dev.millrace.simulator.checker.Checker;
import dev.millrace.simulator.checker.Operation.Access.CommittedSeen;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Promises;
import dev.millrace.simulator.checker.Recorder;
import dev.millrace.simulator.disk.SimCrash;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.workload.SimProducer;
import dev.millrace.simulator.workload.SimReader;
import dev.millrace.simulator.world.SimBroker;
import dev.millrace.simulator.world.SimWorld;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// One seed: producers of both versions, readers, and somebody who looks at committed offsets, at a broker whose power goes, at any
/// moment or in the middle of any disk operation; then peace, in which every transaction must end; then the history is checked.
final class TransactionRun {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int PEACE_SECONDS = 120;
    private static final int MOST_STEPS = 2_000_000;
    private static final Map<String, String> SETTINGS =
            Map.ofEntries(
                    Map.entry("offsets.topic.num.partitions", "1"),
                    Map.entry("offsets.topic.replication.factor", "1"),
                    Map.entry("transaction.state.log.num.partitions", "1"),
                    Map.entry("transaction.state.log.replication.factor", "1"),
                    Map.entry("transaction.state.log.min.isr", "1"),
                    Map.entry(
                            "transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"),
                    Map.entry("group.initial.rebalance.delay.ms", "0"));

    private final SimWorld world;
    private final SimBroker broker;
    private final Network network;
    private final Recorder history;
    private final Random faults;
    private final List<SimProducer> producers = new ArrayList<>();
    private final List<SimReader> readers = new ArrayList<>();
    private boolean peace;
    private int powerLosses;
    private int steps;

    private TransactionRun(long seed, Map<String, String> more) {
        world = new SimWorld(seed);
        Map<String, String> settings = new HashMap<>(SETTINGS);
        settings.putAll(more);
        broker = new SimBroker(world, settings);
        network = new Network(world, broker);
        history = new Recorder(world::nowNs);
        faults = world.stream();
    }

    /// What a run came to.
    record Result(
            List<Anomaly> anomalies, int committed, int powerLosses, int operations, int events) {}

    /// @throws AssertionError when something does not end
    static Result of(long seed, int seconds) {
        return new TransactionRun(seed, Map.of()).run(seconds);
    }

    private Result run(int seconds) {
        broker.start();
        until("the broker is ready", 60, broker::isReady);
        Uuid topic = createTopic();
        for (int i = 0; i < 4; i++) {
            var producer =
                    new SimProducer(world, network, history, "producer-" + i, topic, i % 2 == 0);
            producers.add(producer);
            producer.begin();
        }
        for (int i = 0; i < Requests.PARTITIONS; i++) {
            var reader =
                    new SimReader(world, network, history, topic, i, IsolationLevel.READ_COMMITTED);
            readers.add(reader);
            reader.begin();
        }
        lookAtOffsets(history.newProcess());
        network.latePercent(faults.nextInt(6));
        disturb();
        long end = world.nowNs() + seconds * SECOND_NS;
        until("time passes", seconds + 60, () -> world.nowNs() >= end);
        makePeace();
        var anomalies = Checker.check(history.history(), Promises.ALL);
        int committed = producers.stream().mapToInt(SimProducer::committed).sum();
        return new Result(anomalies, committed, powerLosses, history.history().size(), steps);
    }

    private Uuid createTopic() {
        var made = new ArrayList<Uuid>();
        network.ask(
                ApiKeys.CREATE_TOPICS,
                7,
                Requests.createTopic(),
                answer ->
                        made.add(
                                ((CreateTopicsResponseData)
                                                java.util.Objects.requireNonNull(answer))
                                        .topics()
                                        .iterator()
                                        .next()
                                        .topicId()));
        until("the topic is made", 30, () -> !made.isEmpty());
        return made.getFirst();
    }

    // ---- faults

    private void disturb() {
        world.schedule(
                200_000_000L + faults.nextLong(4 * SECOND_NS),
                () -> {
                    if (!peace) {
                        if (broker.runs() && !broker.hasCrashed()) {
                            if (faults.nextBoolean()) {
                                broker.failPowerAfter(faults.nextInt(40));
                            } else {
                                losePower();
                            }
                        }
                        disturb();
                    }
                });
    }

    private void losePower() {
        powerLosses++;
        broker.powerLost();
        world.schedule(faults.nextLong(SECOND_NS), this::start);
    }

    private void start() {
        try {
            broker.start();
        } catch (SimCrash e) {
            losePower();
        }
    }

    private void makePeace() {
        peace = true;
        network.latePercent(0);
        if (broker.hasCrashed()) {
            losePower();
        }
        producers.forEach(SimProducer::stop);
        until("producers come to rest", PEACE_SECONDS, this::producersRest);
        long late = world.nowNs() + 10 * SECOND_NS; // what is late arrives, transactions time out
        until("what is late arrives", 60, () -> world.nowNs() >= late);
        until("every transaction ends, and is read", PEACE_SECONDS, this::readersRest);
    }

    private boolean producersRest() {
        return producers.stream().allMatch(SimProducer::isIdle);
    }

    private boolean readersRest() {
        return readers.stream().allMatch(SimReader::isAtTheEnd);
    }

    private void until(String what, int withinSeconds, BooleanSupplier done) {
        long end = world.nowNs() + withinSeconds * SECOND_NS;
        while (!done.getAsBoolean()) {
            if (world.nowNs() > end || steps++ > MOST_STEPS) {
                throw new AssertionError(
                        "not within %d s (%d events): %s; %s"
                                .formatted(withinSeconds, steps, what, readers));
            }
            step();
        }
    }

    private void step() {
        try {
            world.step();
        } catch (RuntimeException e) {
            if (!broker.hasCrashed()) { // a SimCrash, or what somebody on its way made of it
                throw e;
            }
        }
        if (broker.runs() && broker.hasCrashed()) {
            losePower();
        }
    }

    // ---- what groups have committed

    private void lookAtOffsets(int process) {
        SimProducer of = producers.get(faults.nextInt(producers.size()));
        var operation = history.begin(process, Kind.FETCH_OFFSETS);
        network.ask(
                ApiKeys.OFFSET_FETCH,
                9,
                Requests.fetchOffset(of.group()),
                answer -> {
                    if (answer instanceof OffsetFetchResponseData data) {
                        var group = data.groups().getFirst();
                        boolean known = group.errorCode() == 0;
                        var partition =
                                known ? group.topics().getFirst().partitions().getFirst() : null;
                        if (partition != null && partition.errorCode() == 0) {
                            operation.touched(
                                    new CommittedSeen(
                                            of.group(),
                                            new TopicPartition(Requests.TOPIC, 0),
                                            partition.committedOffset()));
                            operation.ended(Outcome.OK);
                        }
                    }
                    world.schedule(300_000_000, () -> lookAtOffsets(process));
                });
    }
}
