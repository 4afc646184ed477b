package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// The life of a broker that is not its own controller (KIP-631):
///
/// ```
/// unknown --register--> fenced --heartbeat, caught up--> active --heartbeat, wants to stop--> fenced: may stop
///                          ^------------- session over --------'
/// ```
/// A fenced broker leads nothing. Whoever leaves an in-sync set leaves it only while another is in it: the last one stays, and
/// its partition waits for it without a leader.
public final class BrokerLifeDecisions {
    private static final byte FENCE = 1;
    private static final byte UNFENCE = -1;
    private static final byte SHUTTING_DOWN = 1;

    private BrokerLifeDecisions() {}

    /// What a heartbeat is answered.
    public record Standing(boolean caughtUp, boolean fenced, boolean mayShutDown) {}

    /// Registers a broker, fenced. The same process asking again gets the epoch that it has.
    ///
    /// @param alive whether the process that is registered by that id has been heard of within its session
    /// @return answers with the broker epoch
    /// @throws org.apache.kafka.common.errors.ApiException with Kafka's error
    public static Decision<Long> register(
            MetadataImage image, BrokerRegistrationRequestData request, boolean alive) {
        @Nullable BrokerImage before = image.cluster().broker(request.brokerId());
        if (before != null && before.incarnation().equals(request.incarnationId())) {
            return Decision.answer(before.epoch());
        }
        if (before != null && alive) {
            throw Errors.DUPLICATE_BROKER_REGISTRATION.exception(
                    "Another broker is registered with that broker id. If the broker was recently "
                            + "restarted this should self-resolve once the heartbeat manager expires "
                            + "the broker's session.");
        }
        checkFeatures(image, request);
        MetadataVersion version = image.features().metadataVersion();
        long epoch = image.offset() + 1;
        var records = new ArrayList<ApiMessageAndVersion>();
        records.add(
                new ApiMessageAndVersion(
                        record(request, epoch, version), version.registerBrokerRecordVersion()));
        depose(image, request.brokerId(), records);
        return new Decision<>(records, epoch);
    }

    private static void checkFeatures(MetadataImage image, BrokerRegistrationRequestData request) {
        for (Map.Entry<String, Short> level : image.features().levels().entrySet()) {
            var range = request.features().find(level.getKey());
            short wanted = level.getValue();
            boolean fits =
                    range == null
                            ? wanted == 0
                            : range.minSupportedVersion() <= wanted
                                    && wanted <= range.maxSupportedVersion();
            if (!fits) {
                throw Errors.UNSUPPORTED_VERSION.exception(
                        "Unable to register because the broker does not support finalized version "
                                + "%d of %s.".formatted(wanted, level.getKey()));
            }
        }
    }

    private static RegisterBrokerRecord record(
            BrokerRegistrationRequestData request, long epoch, MetadataVersion version) {
        var record =
                new RegisterBrokerRecord()
                        .setBrokerId(request.brokerId())
                        .setBrokerEpoch(epoch)
                        .setIncarnationId(request.incarnationId())
                        .setRack(request.rack())
                        .setFenced(true);
        if (version.isDirectoryAssignmentSupported()) {
            record.setLogDirs(request.logDirs());
        }
        for (BrokerRegistrationRequestData.Listener listener : request.listeners()) {
            record.endPoints()
                    .add(
                            new RegisterBrokerRecord.BrokerEndpoint()
                                    .setName(listener.name())
                                    .setHost(listener.host())
                                    .setPort(listener.port())
                                    .setSecurityProtocol(listener.securityProtocol()));
        }
        for (BrokerRegistrationRequestData.Feature feature : request.features()) {
            record.features()
                    .add(
                            new RegisterBrokerRecord.BrokerFeature()
                                    .setName(feature.name())
                                    .setMinSupportedVersion(feature.minSupportedVersion())
                                    .setMaxSupportedVersion(feature.maxSupportedVersion()));
        }
        return record;
    }

    /// A broker lives, says how far it has followed, and what it wants.
    ///
    /// @throws org.apache.kafka.common.errors.ApiException `BROKER_ID_NOT_REGISTERED`, or `STALE_BROKER_EPOCH` when another
    ///     process has registered by that id
    public static Decision<Standing> heartbeat(
            MetadataImage image, BrokerHeartbeatRequestData request) {
        BrokerImage broker = registered(image, request.brokerId(), request.brokerEpoch());
        boolean caughtUp = request.currentMetadataOffset() >= broker.epoch();
        var records = new ArrayList<ApiMessageAndVersion>();
        if (broker.fenced()) {
            if (request.wantShutDown() || request.wantFence() || !caughtUp) {
                return Decision.answer(new Standing(caughtUp, true, request.wantShutDown()));
            }
            records.add(change(image, broker, UNFENCE, (byte) 0));
            lead(image, broker.id(), records);
            return new Decision<>(records, new Standing(true, false, false));
        }
        if (request.wantShutDown() && !broker.inControlledShutdown() && hasOthers(image, broker)) {
            records.add(change(image, broker, (byte) 0, SHUTTING_DOWN));
            depose(image, broker.id(), records);
            return new Decision<>(records, new Standing(caughtUp, false, false));
        }
        if (request.wantShutDown() || request.wantFence()) {
            return new Decision<>(
                    fenceRecords(image, broker),
                    new Standing(caughtUp, true, request.wantShutDown()));
        }
        return Decision.answer(new Standing(caughtUp, false, false));
    }

    /// The process that has registered as that broker, or a refusal.
    static BrokerImage registered(MetadataImage image, int id, long epoch) {
        @Nullable BrokerImage broker = image.cluster().broker(id);
        if (broker == null) {
            throw Errors.BROKER_ID_NOT_REGISTERED.exception(
                    "Broker ID " + id + " is not currently registered");
        }
        if (broker.epoch() != epoch) {
            throw Errors.STALE_BROKER_EPOCH.exception(
                    "Expected broker epoch " + broker.epoch() + ", but got broker epoch " + epoch);
        }
        return broker;
    }

    private static boolean hasOthers(MetadataImage image, BrokerImage leaving) {
        for (BrokerImage other : image.cluster().brokers().values()) {
            if (other.id() != leaving.id() && other.active()) {
                return true;
            }
        }
        return false;
    }

    /// Fences a broker whose session is over; nothing when it is fenced already, or another process has registered since.
    public static Decision<Boolean> fence(MetadataImage image, int id, long epoch) {
        @Nullable BrokerImage broker = image.cluster().broker(id);
        return broker != null && broker.epoch() == epoch && !broker.fenced()
                ? new Decision<>(fenceRecords(image, broker), true)
                : Decision.answer(false);
    }

    private static List<ApiMessageAndVersion> fenceRecords(
            MetadataImage image, BrokerImage broker) {
        var records = new ArrayList<ApiMessageAndVersion>();
        records.add(change(image, broker, FENCE, (byte) 0));
        depose(image, broker.id(), records);
        return records;
    }

    private static ApiMessageAndVersion change(
            MetadataImage image, BrokerImage broker, byte fenced, byte shuttingDown) {
        var record =
                new BrokerRegistrationChangeRecord()
                        .setBrokerId(broker.id())
                        .setBrokerEpoch(broker.epoch())
                        .setFenced(fenced)
                        .setInControlledShutdown(shuttingDown);
        boolean directories = image.features().metadataVersion().isDirectoryAssignmentSupported();
        return new ApiMessageAndVersion(record, (short) (directories ? 2 : 1));
    }

    /// Takes the broker out of every leadership, and of every in-sync set that has another member.
    private static void depose(MetadataImage image, int id, List<ApiMessageAndVersion> records) {
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                PartitionImage partition = topic.partitions().get(i);
                List<Integer> others =
                        partition.isr().stream().filter(other -> other != id).toList();
                boolean leads = partition.leader() == id;
                boolean leaves = others.size() < partition.isr().size() && !others.isEmpty();
                if (leads || leaves) {
                    var change = PartitionDecisions.change(image, topic.id(), i);
                    if (leads) {
                        change.leader(successor(image, partition, others));
                    }
                    if (leaves) {
                        change.isr(others);
                    }
                    records.add(change.record());
                }
            }
        }
    }

    private static int successor(
            MetadataImage image, PartitionImage partition, List<Integer> candidates) {
        return partition.replicas().stream()
                .filter(other ->
                        candidates.contains(other) && PartitionDecisions.active(image, other))
                .findFirst()
                .orElse(PartitionImage.NO_LEADER);
    }

    /// Gives the broker the partitions that have waited for it.
    private static void lead(MetadataImage image, int id, List<ApiMessageAndVersion> records) {
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                PartitionImage partition = topic.partitions().get(i);
                if (!partition.hasLeader() && partition.isr().contains(id)) {
                    records.add(
                            PartitionDecisions.change(image, topic.id(), i).leader(id).record());
                }
            }
        }
    }
}
