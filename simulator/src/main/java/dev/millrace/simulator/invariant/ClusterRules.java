package dev.millrace.simulator.invariant;

import dev.millrace.engine.api.Router;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.world.Fault;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import dev.millrace.simulator.world.Watch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/// Watches a cluster and checks the rules R1 to R10 that can be seen from outside, after every change of metadata and every answer.
public final class ClusterRules implements Watch {
    private record Key(Uuid topic, int partition) {}

    private final Map<Key, PartitionTruth> truths = new LinkedHashMap<>();
    private final Map<Key, PartitionSteps> steps = new HashMap<>();
    private final Map<Integer, Integer> quorumLeaders = new HashMap<>();
    private final Map<String, Long> offsetsSeen = new HashMap<>();
    private final Map<Integer, Map<Key, Integer>> ledBy = new TreeMap<>();

    /// The last process of each machine that metadata have named as its broker.
    private final Map<Integer, Integer> named = new HashMap<>();

    /// Registrations that some metadata have shown to be unfenced. Who hears of them late sees what has become of them since.
    private final Set<Long> served = new HashSet<>();

    private final PastAnswers past = new PastAnswers();

    private @Nullable SimCluster cluster;
    private long answers;
    private long changes;
    private int leaderships;

    /// Begins to watch.
    public void watch(SimCluster watched) {
        cluster = watched;
    }

    private SimCluster cluster() {
        return java.util.Objects.requireNonNull(cluster);
    }

    private void violated(String rule) {
        cluster().violated(rule);
    }

    private PartitionTruth truth(Uuid topic, String name, int partition) {
        return truths.computeIfAbsent(
                new Key(topic, partition),
                _ -> new PartitionTruth(name + "-" + partition, allIsFlushed(), this::violated));
    }

    /// Where nobody writes with fewer acknowledgements than all: those are shown before they are flushed.
    private boolean allIsFlushed() {
        return cluster().options().flush().equals("ack") && cluster().options().mayLosePower();
    }

    // ------------------------------------------------------------------ metadata

    @Override
    public void imageChanged(
            SimMachine machine, @Nullable MetadataImage before, MetadataImage now) {
        changes++;
        offsets(machine, now);
        quorumLeader(machine);
        brokers(before, now);
        boolean acts = machine.isNamedBy(now);
        boolean begins = acts && begins(machine);
        for (TopicImage topic : now.topics().inNameOrder()) {
            TopicImage was = before == null ? null : before.topics().byId(topic.id());
            if (begins || !topic.equals(was)) {
                for (int p = 0; p < topic.partitions().size(); p++) {
                    PartitionImage partition = topic.partitions().get(p);
                    boolean same =
                            !begins
                                    && was != null
                                    && p < was.partitions().size()
                                    && was.partitions().get(p).equals(partition);
                    if (!same) {
                        partition(machine, before, now, topic, p, partition, acts);
                    }
                }
            }
        }
    }

    /// A process leads nothing before the metadata name it.
    private boolean begins(SimMachine machine) {
        Integer before = named.put(machine.id(), machine.incarnation());
        boolean begins = before == null || before != machine.incarnation();
        if (begins) {
            ledBy.remove(machine.id());
        }
        return begins;
    }

    /// M2: within one process, what is known only grows.
    private void offsets(SimMachine machine, MetadataImage now) {
        String process = machine.id() + " " + machine.incarnation();
        Long seen = offsetsSeen.put(process, now.offset());
        if (seen != null && seen > now.offset()) {
            violated("M2 metadata of machine " + process + " went back from " + seen);
        }
    }

    private void quorumLeader(SimMachine machine) {
        var leader = machine.quorumLeader();
        if (leader.known()) {
            Integer other = quorumLeaders.putIfAbsent(leader.epoch(), leader.id());
            if (other != null && other != leader.id()) {
                violated("M1 two leaders in epoch " + leader.epoch());
            }
        }
    }

    private PartitionSteps steps(TopicImage topic, int partition) {
        return steps.computeIfAbsent(
                new Key(topic.id(), partition),
                _ ->
                        new PartitionSteps(
                                topic.name() + "-" + partition,
                                cluster().options().minInSync(),
                                this::violated));
    }

    /// Brokers come, and come back.
    private void brokers(@Nullable MetadataImage before, MetadataImage now) {
        for (BrokerImage broker : now.cluster().brokers().values()) {
            SimMachine machine = cluster().machine(broker.id());
            BrokerImage was = before == null ? null : before.cluster().broker(broker.id());
            if (!broker.fenced() && !broker.equals(was)) {
                served.add(broker.epoch());
            }
            if (machine != null && !broker.equals(was) && machine.isNamedBy(now)) {
                boolean known = was != null && was.epoch() == broker.epoch();
                boolean unfenced =
                        !broker.fenced()
                                && (was == null || was.epoch() != broker.epoch() || was.fenced());
                MetadataImage own = machine.image();
                if (unfenced) {
                    if (own == null || own.offset() < broker.epoch()) {
                        violated("R2 who is unfenced has caught up with itself " + broker);
                    }
                } else if (was != null
                        && !known
                        && machine.hasCrashed()
                        && !served.contains(broker.epoch())) {
                    lost(broker, now);
                }
            }
        }
    }

    /// R12: who may have lost something is neither in sync nor eligible, until it has served again.
    private void lost(BrokerImage broker, MetadataImage now) {
        for (TopicImage topic : now.topics().inNameOrder()) {
            for (PartitionImage partition : topic.partitions()) {
                if (partition.isr().contains(broker.id())
                        || partition.eligibleLeaders().contains(broker.id())) {
                    violated(
                            "R12 who has crashed is electable %s: %s, %s"
                                    .formatted(topic.name(), partition, broker));
                }
            }
        }
    }

    private void partition(
            SimMachine machine,
            @Nullable MetadataImage was,
            MetadataImage image,
            TopicImage topic,
            int p,
            PartitionImage now,
            boolean acts) {
        PartitionTruth truth = truth(topic.id(), topic.name(), p);
        cluster().lostDisks().see(topic.id(), p, now);
        String name = topic.name() + "-" + p;
        if (!now.replicas().containsAll(now.isr())) {
            violated("R2 the ISR is among the replicas " + name + " " + now);
        }
        if (now.hasLeader() && !now.isr().contains(now.leader())) {
            violated("R2 the leader is in the ISR " + name + " " + now);
        }
        Set<Integer> both = new HashSet<>(now.isr());
        both.retainAll(now.eligibleLeaders());
        if (!both.isEmpty()) {
            violated("R3 ISR and ELR have nothing in common " + name + " " + now);
        }
        for (int joined : steps(topic, p).seen(was, image, now)) {
            SimMachine member = cluster().machine(joined);
            if (member != null) {
                truth.joins(member);
            }
        }
        truth.state(
                now.partitionEpoch(),
                now.leader(),
                now.leaderEpoch(),
                "leader %d in %d, isr %s, replicas %s"
                        .formatted(now.leader(), now.leaderEpoch(), now.isr(), now.replicas()));
        boolean leads = acts && now.leader() == machine.id();
        Integer led =
                leads
                        ? ledBy.computeIfAbsent(machine.id(), _ -> new HashMap<>())
                                .put(new Key(topic.id(), p), now.leaderEpoch())
                        : null;
        if (leads && (led == null || led != now.leaderEpoch())) {
            leaderships++;
            cluster()
                    .tale()
                    .tell(
                            machine.id(),
                            4,
                            now.leaderEpoch(),
                            () ->
                                    "leads %s in epoch %d, isr %s of %s"
                                            .formatted(
                                                    name,
                                                    now.leaderEpoch(),
                                                    now.isr(),
                                                    now.replicas()));
            truth.leads(machine, now.leaderEpoch());
        }
    }

    // ------------------------------------------------------------------ answers

    @Override
    public void answers(SimMachine machine, Router.Call call, ApiMessage response) {
        answers++;
        if (response instanceof FetchResponseData fetched
                && call.message() instanceof FetchRequestData request
                && request.clusterId() == null) {
            fetched(machine, request, fetched);
        } else if (response instanceof ProduceResponseData produced
                && call.message() instanceof ProduceRequestData request
                && request.acks() == -1) {
            produced(machine, produced);
        } else if (response instanceof AlterPartitionResponseData altered
                && call.message() instanceof AlterPartitionRequestData request) {
            altered(request, altered);
        } else if (response instanceof ListOffsetsResponseData listed
                && call.message() instanceof ListOffsetsRequestData request) {
            listed(machine, request, listed);
        }
    }

    /// R1: an in-sync set is changed in the state in which its leader has asked for it, and in no other.
    private void altered(AlterPartitionRequestData request, AlterPartitionResponseData response) {
        for (var topic : request.topics()) {
            for (var asked : topic.partitions()) {
                response.topics().stream()
                        .filter(each -> each.topicId().equals(topic.topicId()))
                        .flatMap(each -> each.partitions().stream())
                        .filter(each ->
                                each.partitionIndex() == asked.partitionIndex()
                                        && each.errorCode() == 0)
                        .forEach(done -> {
                            int steps = done.partitionEpoch() - asked.partitionEpoch();
                            int elections = done.leaderEpoch() - asked.leaderEpoch();
                            if (steps < 0 || steps > 1 || elections < 0 || elections > 1) {
                                violated(
                                        "R1 compare and set of an ISR: %s, %s"
                                                .formatted(asked, done));
                            }
                        });
            }
        }
    }

    private void listed(
            SimMachine machine, ListOffsetsRequestData request, ListOffsetsResponseData response) {
        MetadataImage image = machine.image();
        if (request.isolationLevel() != 0 || request.replicaId() >= 0 || image == null) {
            return;
        }
        for (var topic : request.topics()) {
            TopicImage known = image.topics().byName(topic.name());
            for (var asked : topic.partitions()) {
                if (known != null && asked.timestamp() == -1) {
                    response.topics().stream()
                            .filter(each -> each.name().equals(topic.name()))
                            .flatMap(each -> each.partitions().stream())
                            .filter(each ->
                                    each.partitionIndex() == asked.partitionIndex()
                                            && each.errorCode() == 0)
                            .forEach(told -> ends(machine, known, told));
                }
            }
        }
    }

    private void ends(SimMachine machine, TopicImage topic, ListOffsetsPartitionResponse told) {
        int p = told.partitionIndex();
        if (isLeader(machine, topic, p)) {
            truth(topic.id(), topic.name(), p)
                    .ends(machine, topic.partitions().get(p).leaderEpoch(), told.offset());
        }
    }

    private void fetched(SimMachine machine, FetchRequestData request, FetchResponseData response) {
        for (var topic : response.responses()) {
            TopicImage known = topic(machine, topic.topicId());
            if (known != null) {
                for (PartitionData partition : topic.partitions()) {
                    if (partition.errorCode() == 0) {
                        fetched(machine, request, known, partition);
                    }
                }
            }
        }
    }

    private void fetched(
            SimMachine machine, FetchRequestData request, TopicImage topic, PartitionData got) {
        String name = topic.name() + "-" + got.partitionIndex();
        if (isLeader(machine, topic, got.partitionIndex())) {
            PartitionTruth truth = truth(topic.id(), topic.name(), got.partitionIndex());
            truth.exposed(machine, got.highWatermark());
            committedWith(truth, topic, got.partitionIndex());
        }
        if (got.lastStableOffset() > got.highWatermark()) {
            violated("R10 the last stable offset is within the high watermark " + name);
        }
        boolean byReplica = request.replicaState().replicaId() >= 0 || request.replicaId() >= 0;
        if (!byReplica && got.records() instanceof MemoryRecords records) {
            long limit =
                    request.isolationLevel() == 1 ? got.lastStableOffset() : got.highWatermark();
            for (RecordBatch batch : records.batches()) {
                if (batch.lastOffset() >= limit) {
                    violated(
                            "R9 readers see what is committed %s: %d, which ends at %d"
                                    .formatted(name, batch.lastOffset(), limit));
                }
            }
        }
    }

    private static boolean isLeader(SimMachine machine, TopicImage topic, int partition) {
        return partition < topic.partitions().size()
                && topic.partitions().get(partition).leader() == machine.id();
    }

    private static @Nullable TopicImage topic(SimMachine machine, Uuid id) {
        MetadataImage image = machine.image();
        return image == null ? null : image.topics().byId(id);
    }

    private void produced(SimMachine machine, ProduceResponseData response) {
        for (var topic : response.responses()) {
            TopicImage known = topic(machine, topic.topicId());
            if (known != null) {
                for (PartitionProduceResponse partition : topic.partitionResponses()) {
                    if (partition.errorCode() == 0 && partition.baseOffset() >= 0) {
                        acknowledged(machine, known, partition.index(), partition.baseOffset());
                    } else if (partition.errorCode() == Errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code()
                            && isPast(machine, known, partition.index())) {
                        past.note(known.id(), partition);
                    }
                }
            }
        }
    }

    /// Whether another has acknowledged something since it led; or it hears while it answers that it leads no more.
    private boolean isPast(SimMachine machine, TopicImage topic, int partition) {
        return !isLeader(machine, topic, partition)
                || truth(topic.id(), topic.name(), partition)
                        .isPast(topic.partitions().get(partition).leaderEpoch());
    }

    /// P2: who has acknowledged all before, or leads after whoever has, does not call a producer out of order. Who has led before, and
    /// has not heard of the next leader, tells of its own log, in Kafka too.
    ///
    /// @param what of whom the answer was told, and where
    public void outOfOrder(Uuid topic, PartitionProduceResponse answer, String what) {
        if (!past.take(topic, answer)) {
            violated("P2 " + what);
        }
    }

    private void acknowledged(SimMachine by, TopicImage topic, int partition, long offset) {
        if (partition >= topic.partitions().size()) {
            return;
        }
        PartitionTruth truth = truth(topic.id(), topic.name(), partition);
        truth.acknowledgedIn(topic.partitions().get(partition).leaderEpoch());
        if (!isLeader(by, topic, partition)) {
            return; // it has ceased to lead while the answer was made
        }
        truth.acknowledged(by, offset, members(topic, partition));
        committedWith(truth, topic, partition);
    }

    /// R4, for what an answer of a leader has shown to be committed.
    private void committedWith(PartitionTruth truth, TopicImage topic, int p) {
        PartitionImage known = topic.partitions().get(p);
        PartitionImage newest = steps(topic, p).newest();
        // Copies go with disks, and with moves.
        boolean stay =
                !cluster().options().faults().contains(Fault.WIPE)
                        && !cluster().options().faults().contains(Fault.REASSIGNMENT);
        List<SimMachine> inSync =
                newest != null && newest.leaderEpoch() == known.leaderEpoch()
                        ? members(topic, p, newest)
                        : List.of();
        truth.committedWith(
                inSync,
                stay ? Math.min(cluster().options().minInSync(), known.replicas().size()) : 0,
                machines(known.replicas()));
    }

    /// Who is in sync for all that the leader knows, and has not heard before it that it is no replica any more.
    private List<SimMachine> members(TopicImage topic, int partition) {
        return members(topic, partition, topic.partitions().get(partition));
    }

    private List<SimMachine> members(TopicImage topic, int partition, PartitionImage known) {
        List<SimMachine> members = machines(known.isr());
        members.removeIf(machine -> {
            TopicImage heard = topic(machine, topic.id());
            if (heard == null) { // killed as it heard that the move is done, before that was seen
                return known.removing().contains(machine.id());
            }
            return partition < heard.partitions().size() // more may have been added since
                    && heard.partitions().get(partition).partitionEpoch() > known.partitionEpoch()
                    && !heard.partitions().get(partition).replicas().contains(machine.id());
        });
        return members;
    }

    private List<SimMachine> machines(List<Integer> ids) {
        List<SimMachine> machines = new ArrayList<>();
        for (int id : ids) {
            SimMachine machine = cluster().machine(id);
            if (machine != null) {
                machines.add(machine);
            }
        }
        return machines;
    }

    // ------------------------------------------------------------------ at the end

    /// When all is healed: every replica has all that is committed.
    ///
    /// @param image of the cluster at rest
    public void atRest(MetadataImage image) {
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (int p = 0; p < topic.partitions().size(); p++) {
                truth(topic.id(), topic.name(), p)
                        .agree(machines(topic.partitions().get(p).replicas()));
            }
        }
    }

    /// Where each replica's log ends, on its disk.
    public Map<Integer, Long> ends(TopicImage topic, int partition) {
        PartitionTruth truth = truth(topic.id(), topic.name(), partition);
        Map<Integer, Long> ends = new TreeMap<>();
        for (SimMachine machine : machines(topic.partitions().get(partition).replicas())) {
            ends.put(machine.id(), truth.mirror(machine).end());
        }
        return ends;
    }

    /// How often something was looked at.
    public long checks() {
        return answers + changes;
    }

    public int leaderships() {
        return leaderships;
    }

    public int elections() {
        return quorumLeaders.size();
    }
}
