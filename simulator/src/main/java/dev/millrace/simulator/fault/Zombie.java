package dev.millrace.simulator.fault;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.world.Frames;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// Sends old messages of peers and clients again, long after they were sent, some with a token that is lower by one: an epoch of a
/// leader, a partition, or a broker. The latter must be refused; the former must change nothing, which other rules see.
///
/// Left out is what Kafka itself does not protect from coming twice: records of producers that are not idempotent, transactions of
/// version 1 (KAFKA-17754), offsets committed outside of a generation, and registrations. What TCP rules out it does not do: a change
/// of an in-sync set that was answered comes no second time while it would still be in time ([#isOver]).
///
/// No copy comes before its original: a connection keeps its order, so that a batch of a new producer comes behind those before it.
public final class Zombie implements SimCluster.Sent {
    /// By which roads know it.
    private static final int ID = 99;

    /// Of each kind of request.
    private static final int KEPT = 40;

    private static final long SECOND = 1_000_000_000;

    /// The first version of Produce that belongs to transactions of version 2.
    private static final int FIRST_OF_VERSION_2 = 12;

    private static final class Heard {
        private final SimMachine to;
        private final boolean controllers;
        private final byte[] frame;
        private boolean arrived;

        Heard(SimMachine to, boolean controllers, byte[] frame) {
            this.to = to;
            this.controllers = controllers;
            this.frame = frame;
        }
    }

    private final SimCluster cluster;
    private final Random chance;
    private final Map<ApiKeys, List<Heard>> heard = new EnumMap<>(ApiKeys.class);
    private boolean over;

    public Zombie(SimCluster cluster) {
        this.cluster = cluster;
        this.chance = cluster.world().stream("zombie");
    }

    /// Listens, and speaks now and then.
    public void begin() {
        cluster.record(this);
        next();
    }

    public void end() {
        over = true;
        cluster.record((_, _, _, _) -> {});
        heard.clear();
    }

    @Override
    public void arrived(byte[] frame) {
        for (Heard each : heard.getOrDefault(Frames.api(frame), List.of())) {
            each.arrived |= Arrays.equals(each.frame, frame);
        }
    }

    @Override
    public void sent(int from, SimMachine to, boolean controllers, byte[] frame) {
        if (from == ID || !isProtected(frame)) {
            return;
        }
        var message = new Heard(to, controllers, frame);
        ApiKeys api = Frames.api(frame);
        if (api == ApiKeys.ALTER_PARTITION && chance.nextBoolean()) {
            // Beside the true one, when all its other tokens are as they should be.
            cluster.world().schedule(0, () -> beside(message));
        }
        List<Heard> alike = heard.computeIfAbsent(api, _ -> new ArrayList<>());
        if (alike.size() < KEPT) {
            alike.add(message);
        } else if (chance.nextInt(8) == 0) {
            alike.set(chance.nextInt(KEPT), message);
        }
    }

    private static boolean isProtected(byte[] frame) {
        return switch (Frames.api(frame)) {
            case PRODUCE ->
                    isProtected((ProduceRequestData) Frames.body(frame), Frames.version(frame));
            case WRITE_TXN_MARKERS -> !Frames.hasMarkersOfVersion1(frame);
            case END_TXN, TXN_OFFSET_COMMIT -> Frames.version(frame) >= 5;
            case ADD_PARTITIONS_TO_TXN,
                    ADD_OFFSETS_TO_TXN,
                    INIT_PRODUCER_ID,
                    OFFSET_COMMIT,
                    BROKER_REGISTRATION,
                    CONTROLLER_REGISTRATION,
                    METADATA,
                    FIND_COORDINATOR ->
                    false;
            default -> true;
        };
    }

    private static boolean isProtected(ProduceRequestData produce, short version) {
        if (produce.transactionalId() != null && version < FIRST_OF_VERSION_2) {
            return false;
        }
        var records =
                (MemoryRecords)
                        produce.topicData().iterator().next().partitionData().getFirst().records();
        return produce.acks() == -1 && records.batches().iterator().next().hasProducerId();
    }

    private void next() {
        cluster.world()
                .schedule(
                        chance.nextLong(SECOND),
                        () -> {
                            if (!over) {
                                if (!heard.isEmpty()) {
                                    speak(any());
                                }
                                next();
                            }
                        });
    }

    /// Of any kind, however rare.
    private Heard any() {
        List<List<Heard>> kinds = List.copyOf(heard.values());
        List<Heard> alike = kinds.get(chance.nextInt(kinds.size()));
        return alike.get(chance.nextInt(alike.size()));
    }

    private void speak(Heard old) {
        byte[] lower = chance.nextBoolean() ? lower(old) : null;
        if (old.arrived && (lower != null || isOver(old))) {
            speak(old, lower);
        }
    }

    /// A leader that was refused its change takes that for the last word: such a request is not carried out later, for an answered
    /// request comes no second time. So it is sent again only once what it names has changed; then it must be refused.
    private static boolean isOver(Heard old) {
        return !(Frames.body(old.frame) instanceof AlterPartitionRequestData alter)
                || alter.topics().stream()
                        .allMatch(topic -> {
                            TopicImage known = topic(old.to, topic.topicId());
                            return topic.partitions().stream()
                                    .allMatch(asked ->
                                            known != null
                                                    && asked.partitionIndex()
                                                            < known.partitions().size()
                                                    && known.partitions()
                                                                    .get(asked.partitionIndex())
                                                                    .partitionEpoch()
                                                            > asked.partitionEpoch());
                        });
    }

    private static @Nullable TopicImage topic(SimMachine machine, Uuid id) {
        MetadataImage image = machine.image();
        return image == null ? null : image.topics().byId(id);
    }

    private void beside(Heard message) {
        byte[] lower = lower(message);
        if (lower != null) {
            speak(message, lower);
        }
    }

    /// @param lower as it was heard if null
    private void speak(Heard old, byte @Nullable [] lower) {
        byte[] frame = lower == null ? old.frame : lower;
        ApiKeys api = Frames.api(frame);
        cluster.tally().count(lower == null ? "message of a zombie" : "token of a zombie");
        cluster.tale()
                .tell(
                        ID,
                        20,
                        api.id,
                        () ->
                                "old %s%s to %d"
                                        .formatted(
                                                api,
                                                lower == null ? "" : " of an older epoch",
                                                old.to.id()));
        cluster.replay(
                ID,
                old.to,
                old.controllers,
                frame,
                answer -> {
                    if (lower != null && isTaken(answer)) {
                        cluster.violated(
                                "a token that is too old is refused: %s, %s"
                                        .formatted(Frames.body(frame), answer));
                    }
                });
    }

    /// The message with a token that was never valid at the same time; null when it has none.
    private byte @Nullable [] lower(Heard old) {
        byte[] frame = old.frame;
        ApiMessage message = Frames.body(frame);
        boolean has =
                switch (message) {
                    case BrokerHeartbeatRequestData beat -> {
                        beat.setBrokerEpoch(beat.brokerEpoch() - 1);
                        yield true;
                    }
                    case AllocateProducerIdsRequestData allocate -> {
                        allocate.setBrokerEpoch(allocate.brokerEpoch() - 1);
                        yield true;
                    }
                    case AlterPartitionRequestData alter -> lower(alter);
                    case FetchRequestData fetch -> lower(old.to, fetch);
                    default -> false;
                };
        return has
                ? Frames.request(Frames.api(frame), Frames.version(frame), message, "zombie")
                : null;
    }

    private boolean lower(AlterPartitionRequestData alter) {
        switch (chance.nextInt(4)) {
            case 0 -> alter.setBrokerEpoch(alter.brokerEpoch() - 1);
            case 3 -> {
                return lowerMembers(alter);
            }
            case 1 ->
                    alter.topics()
                            .forEach(topic ->
                                    topic.partitions()
                                            .forEach(p -> p.setLeaderEpoch(p.leaderEpoch() - 1)));
            default ->
                    alter.topics()
                            .forEach(topic ->
                                    topic.partitions()
                                            .forEach(p ->
                                                    p.setPartitionEpoch(p.partitionEpoch() - 1)));
        }
        return true;
    }

    /// Every member as an earlier process of that broker; what names none by its process is left out.
    private static boolean lowerMembers(AlterPartitionRequestData alter) {
        boolean has = false;
        for (var topic : alter.topics()) {
            topic.partitions()
                    .removeIf(partition ->
                            partition.newIsrWithEpochs().stream()
                                    .noneMatch(member -> member.brokerEpoch() > 0));
            for (var partition : topic.partitions()) {
                has = true;
                partition
                        .newIsrWithEpochs()
                        .forEach(member -> {
                            if (member.brokerEpoch() > 0) {
                                member.setBrokerEpoch(member.brokerEpoch() - 1);
                            }
                        });
            }
        }
        return has;
    }

    /// Only where it is too old for whom it is sent to: a replica that has not heard of the newer epoch yet is in the older one by right.
    private static boolean lower(SimMachine to, FetchRequestData fetch) {
        if (fetch.clusterId() != null || fetch.sessionEpoch() > 0) {
            return false; // of the quorum, or a part of a session
        }
        boolean has = !fetch.topics().isEmpty();
        for (var topic : fetch.topics()) {
            TopicImage known = topic(to, topic.topicId());
            for (var partition : topic.partitions()) {
                has &=
                        known != null
                                && partition.partition() < known.partitions().size()
                                && partition.currentLeaderEpoch() > 0
                                && partition.currentLeaderEpoch()
                                        <= known.partitions()
                                                .get(partition.partition())
                                                .leaderEpoch();
                partition.setCurrentLeaderEpoch(partition.currentLeaderEpoch() - 1);
            }
        }
        return has;
    }

    private static boolean isTaken(ApiMessage answer) {
        return switch (answer) {
            case BrokerHeartbeatResponseData beat -> beat.errorCode() == 0;
            case AllocateProducerIdsResponseData allocated -> allocated.errorCode() == 0;
            case AlterPartitionResponseData altered ->
                    altered.errorCode() == 0
                            && altered.topics().stream()
                                    .flatMap(topic -> topic.partitions().stream())
                                    .anyMatch(partition -> partition.errorCode() == 0);
            case FetchResponseData fetched ->
                    fetched.errorCode() == 0
                            && fetched.responses().stream()
                                    .flatMap(topic -> topic.partitions().stream())
                                    .anyMatch(partition -> partition.errorCode() == 0);
            default -> false;
        };
    }
}
