package dev.millrace.simulator.run;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.simulator.checker.Anomaly;
import dev.millrace.simulator.checker.Checker;
import dev.millrace.simulator.checker.Operation;
import dev.millrace.simulator.checker.Promises;
import dev.millrace.simulator.checker.Recorder;
import dev.millrace.simulator.invariant.ClusterRules;
import dev.millrace.simulator.workload.ClusterBrokers;
import dev.millrace.simulator.workload.OffsetsClient;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.workload.SendingProducer;
import dev.millrace.simulator.workload.SimProducer;
import dev.millrace.simulator.workload.SimReader;
import dev.millrace.simulator.world.Fault;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// All clients of a run, and their history.
final class Clients {
    private static final int FIRST_ID = 101;

    private final SimCluster cluster;
    private final ClusterRules rules;
    private final Recorder history;
    private final List<SendingProducer> producers = new ArrayList<>();
    private final List<SimProducer> transactional = new ArrayList<>();
    private final List<SimReader> committed = new ArrayList<>();
    private final List<SimReader> uncommitted = new ArrayList<>();
    private final List<OffsetsClient> offsets = new ArrayList<>();
    private int ids = FIRST_ID;
    private boolean peace;

    /// The newest metadata when peace began.
    private long known;

    /// How far each client had come when peace began.
    private List<Integer> before = List.of();

    Clients(SimCluster cluster, ClusterRules rules) {
        this.cluster = cluster;
        this.rules = rules;
        this.history = new Recorder(cluster.world()::nowNs);
    }

    private ClusterBrokers brokers() {
        return new ClusterBrokers(cluster, ids++);
    }

    void begin(Uuid topic) {
        var world = cluster.world();
        // What is acknowledged before it is flushed may be read, and is gone with the power: by
        // right.
        boolean weak = !cluster.options().mayLosePower();
        for (int i = 0; i < (weak ? 5 : 3); i++) {
            int acks = i < 3 ? -1 : i - 3;
            producers.add(
                    new SendingProducer(
                            world,
                            brokers(),
                            history,
                            "" + i,
                            topic,
                            acks,
                            i < 2,
                            (answer, what) -> rules.outOfOrder(topic, answer, what)));
        }
        for (int i = 0; i < 3; i++) {
            transactional.add(
                    new SimProducer(world, brokers(), history, "producer-" + i, topic, i % 2 == 0));
        }
        addReaders(topic);
        List<String> groups = transactional.stream().map(SimProducer::group).toList();
        for (int i = 0; i < 2; i++) {
            offsets.add(
                    new OffsetsClient(
                            world, brokers(), history, "client-" + i, groups, this::looksCount));
        }
        producers.forEach(SendingProducer::begin);
        transactional.forEach(SimProducer::begin);
        committed.forEach(SimReader::begin);
        uncommitted.forEach(SimReader::begin);
        offsets.forEach(OffsetsClient::begin);
    }

    private void addReaders(Uuid topic) {
        for (int i = 0; i < Requests.PARTITIONS; i++) {
            committed.add(reader(topic, i, IsolationLevel.READ_COMMITTED));
            uncommitted.add(reader(topic, i, IsolationLevel.READ_UNCOMMITTED));
        }
    }

    private SimReader reader(Uuid topic, int partition, IsolationLevel isolation) {
        return new SimReader(cluster.world(), brokers(), history, topic, partition, isolation);
    }

    /// Everybody has come to an end: others read everything, from whoever leads now, and are to see what the first have seen.
    void readAgain(Uuid topic) {
        int before = committed.size();
        addReaders(topic);
        committed.subList(before, committed.size()).forEach(SimReader::begin);
        uncommitted.subList(before, uncommitted.size()).forEach(SimReader::begin);
    }

    /// Nobody is another's former leader where each partition has one replica that stays where it is.
    private boolean looksCount() {
        return (peace && cluster.brokers().stream().allMatch(each -> hasHeard(each.image())))
                || (cluster.options().replicas() == 1
                        && !cluster.options().faults().contains(Fault.REASSIGNMENT));
    }

    /// A cluster is at rest when its machines have nearly all of the metadata: who leads what may be in the rest.
    private boolean hasHeard(@Nullable MetadataImage image) {
        return image != null && image.offset() >= known;
    }

    /// Everything is healed and at rest: from here on everybody has to make progress.
    void peace() {
        peace = true;
        known =
                cluster.machines().stream()
                        .map(SimMachine::image)
                        .mapToLong(image -> image == null ? 0 : image.offset())
                        .max()
                        .orElse(0);
        before = progress();
    }

    private List<Integer> progress() {
        List<Integer> progress = new ArrayList<>();
        producers.forEach(each -> progress.add(each.acknowledged()));
        transactional.forEach(each -> progress.add(each.committed()));
        offsets.forEach(each -> progress.add(each.committed()));
        committed.forEach(each -> progress.add(each.polls()));
        uncommitted.forEach(each -> progress.add(each.polls()));
        return progress;
    }

    boolean allHaveProgressed() {
        List<Integer> now = progress();
        for (int i = 0; i < now.size(); i++) {
            if (now.get(i) <= before.get(i)) {
                return false;
            }
        }
        return true;
    }

    void stop() {
        producers.forEach(SendingProducer::stop);
        transactional.forEach(SimProducer::stop);
        offsets.forEach(OffsetsClient::stop);
    }

    boolean areIdle() {
        return producers.stream().allMatch(SendingProducer::isIdle)
                && transactional.stream().allMatch(SimProducer::isIdle)
                && offsets.stream().allMatch(OffsetsClient::isIdle);
    }

    boolean haveReadAll() {
        return committed.stream().allMatch(SimReader::isAtTheEnd)
                && uncommitted.stream().allMatch(SimReader::isAtTheEnd);
    }

    String state() {
        return "progress %s, before %s, committed readers %s, uncommitted readers %s"
                .formatted(progress(), before, committed, uncommitted);
    }

    int acknowledged() {
        return producers.stream().mapToInt(SendingProducer::acknowledged).sum()
                + transactional.stream().mapToInt(SimProducer::committed).sum();
    }

    int operations() {
        return history.history().size();
    }

    /// What cannot have been.
    ///
    /// @param drained all was read to the end
    List<Anomaly> anomalies(boolean drained) {
        List<Operation> all = history.history();
        List<Anomaly> found =
                new ArrayList<>(
                        Checker.check(
                                without(all, uncommitted), new Promises(true, true, drained)));
        found.addAll(Checker.check(without(all, committed), new Promises(true, false, drained)));
        return found;
    }

    private static List<Operation> without(List<Operation> all, List<SimReader> readers) {
        Set<Integer> processes = new HashSet<>();
        readers.forEach(reader -> processes.add(reader.process()));
        return all.stream().filter(each -> !processes.contains(each.process())).toList();
    }
}
