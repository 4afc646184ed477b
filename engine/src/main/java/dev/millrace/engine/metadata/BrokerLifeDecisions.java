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
/// unknown --register--> fenced --heartbeat, caught up--> active --wants to stop--> stopping --leads nothing--> fenced: may stop
///                          ^------------- session over --------'---------------------'
/// ```
/// A fenced broker leads nothing and is in no in-sync set; where it was the last, the partition waits without a leader, and the
/// broker stays eligible (or, while eligible leaders are not kept, in sync).
public final class BrokerLifeDecisions {
    private static final byte FENCE = 1;
    private static final byte UNFENCE = -1;
    private static final byte SHUTTING_DOWN = 1;

    /// Records of one batch, which is of 8 MB at most.
    static final int MOST = 50_000;

    private BrokerLifeDecisions() {}

    /// What a heartbeat is answered.
    ///
    /// @param stopping in a controlled shutdown that is not over
    public record Standing(
            boolean caughtUp, boolean fenced, boolean stopping, boolean mayShutDown) {}

    /// As [#register(MetadataImage, BrokerRegistrationRequestData, boolean, boolean)], of a broker that does not tell how it
    /// has stopped: it is believed to have lost nothing.
    public static Decision<Long> register(
            MetadataImage image, BrokerRegistrationRequestData request, boolean alive) {
        return register(image, request, alive, false);
    }

    /// Registers a broker, fenced. The same process asking again gets the epoch that it has. One that does not name the epoch
    /// before as one that it has ended cleanly may have lost what was not flushed, and is not in sync nor eligible any more
    /// (KIP-966, R12).
    ///
    /// @param tellsCleanStop whether the request says in which epoch the broker has stopped cleanly (version 4)
    /// @param alive whether the process that is registered by that id has been heard of within its session
    /// @return answers with the broker epoch
    /// @throws org.apache.kafka.common.errors.ApiException with Kafka's error
    public static Decision<Long> register(
            MetadataImage image,
            BrokerRegistrationRequestData request,
            boolean alive,
            boolean tellsCleanStop) {
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
        DirectoryDecisions.checkRegistered(image, request);
        checkFeatures(image, request);
        MetadataVersion version = image.features().metadataVersion();
        long epoch = image.offset() + 1;
        var records = new ArrayList<ApiMessageAndVersion>();
        records.add(
                new ApiMessageAndVersion(
                        record(before, request, epoch, version),
                        version.registerBrokerRecordVersion()));
        MetadataImage after = LeaderElections.after(image, records);
        boolean clean = before != null && request.previousBrokerEpoch() == before.epoch();
        if (tellsCleanStop && !clean && TopicRules.eligibleLeaders(image)) {
            LeaderElections.lost(after, request.brokerId(), records);
        } else {
            LeaderElections.gone(after, request.brokerId(), records);
        }
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
            @Nullable BrokerImage before,
            BrokerRegistrationRequestData request,
            long epoch,
            MetadataVersion version) {
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
        record.setCordonedLogDirs(
                DirectoryDecisions.stillCordoned(before, request.logDirs(), version));
        for (BrokerRegistrationRequestData.Listener listener : request.listeners()) {
            record.endPoints()
                    .add(
                            new RegisterBrokerRecord.BrokerEndpoint()
                                    .setName(listener.name())
                                    .setHost(listener.host())
                                    .setPort(listener.port())
                                    .setSecurityProtocol(
                                            RegisteredListeners.protocol(
                                                            listener.name(),
                                                            listener.securityProtocol())
                                                    .id));
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

    /// A broker lives, says how far it has followed, and what it wants. Where a batch is too small for what follows: one that stops leaves
    /// the in-sync sets over several heartbeats; of those that waited for one that is back, some wait on, for [LeaderElections#waiting].
    ///
    /// @param othersKnow whether the other brokers have followed past the beginning of this one's shutdown, so that none of them
    ///     sends clients here any more
    /// @throws org.apache.kafka.common.errors.ApiException `BROKER_ID_NOT_REGISTERED`, or `STALE_BROKER_EPOCH` when another
    ///     process has registered by that id
    public static Decision<Standing> heartbeat(
            MetadataImage image, BrokerHeartbeatRequestData request, boolean othersKnow) {
        return heartbeat(image, request, othersKnow, MOST);
    }

    static Decision<Standing> heartbeat(
            MetadataImage image, BrokerHeartbeatRequestData request, boolean othersKnow, int most) {
        BrokerImage broker = registered(image, request.brokerId(), request.brokerEpoch());
        var records = new ArrayList<ApiMessageAndVersion>();
        Standing standing = standing(image, broker, request, othersKnow, most, records);
        DirectoryDecisions.heartbeat(LeaderElections.after(image, records), request, records);
        return new Decision<>(records, standing);
    }

    private static Standing standing(
            MetadataImage image,
            BrokerImage broker,
            BrokerHeartbeatRequestData request,
            boolean othersKnow,
            int most,
            List<ApiMessageAndVersion> records) {
        boolean caughtUp = request.currentMetadataOffset() >= broker.epoch();
        if (broker.fenced()) {
            boolean waits =
                    request.wantShutDown()
                            || request.wantFence()
                            || !caughtUp
                            || hasLostAll(broker, request);
            if (!waits) {
                records.add(change(image, broker, UNFENCE, (byte) 0));
                LeaderElections.back(LeaderElections.after(image, records), broker.id(), records);
                var _ = whole(records, most);
            }
            return new Standing(caughtUp, waits, false, request.wantShutDown());
        }
        if (broker.inControlledShutdown()) {
            LeaderElections.gone(image, broker.id(), records);
            if (!records.isEmpty()) { // what the batches before had no room for
                return new Standing(caughtUp, false, whole(records, most), false);
            }
            boolean done = othersKnow && !leads(image, broker.id());
            if (done) {
                fence(image, broker, records);
            }
            return new Standing(caughtUp, done, !done, done);
        }
        if (request.wantShutDown() && !request.wantFence() && leads(image, broker.id())) {
            return new Standing(caughtUp, false, stop(image, broker, most, records), false);
        }
        if (request.wantShutDown() || request.wantFence()) {
            fence(image, broker, records);
            if (records.size() > most) {
                records.clear();
                return new Standing(caughtUp, false, stop(image, broker, most, records), false);
            }
            return new Standing(caughtUp, true, false, request.wantShutDown());
        }
        return new Standing(caughtUp, false, false, false);
    }

    /// Begins a controlled shutdown: from here on no leader takes it into an in-sync set.
    ///
    /// @return whether it has left all of them
    private static boolean stop(
            MetadataImage image, BrokerImage broker, int most, List<ApiMessageAndVersion> records) {
        records.add(change(image, broker, (byte) 0, SHUTTING_DOWN));
        LeaderElections.gone(LeaderElections.after(image, records), broker.id(), records);
        return whole(records, most);
    }

    /// Takes away what does not fit into a batch.
    ///
    /// @return whether everything does
    private static boolean whole(List<ApiMessageAndVersion> records, int most) {
        boolean whole = records.size() <= most;
        if (!whole) {
            records.subList(most, records.size()).clear();
        }
        return whole;
    }

    private static boolean hasLostAll(BrokerImage broker, BrokerHeartbeatRequestData request) {
        return !broker.directories().isEmpty()
                && request.offlineLogDirs().containsAll(broker.directories());
    }

    private static boolean leads(MetadataImage image, int broker) {
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (PartitionImage partition : topic.partitions()) {
                if (partition.leader() == broker) {
                    return true;
                }
            }
        }
        return false;
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

    /// Fences a broker whose session is over; nothing when it is fenced already, or another process has registered since. One that is in
    /// sync in more partitions than fit into a batch loses them first, so many at a time: to be asked again until it is fenced.
    ///
    /// @return answers with whether the broker is fenced with this
    public static Decision<Boolean> fence(MetadataImage image, int id, long epoch) {
        return fence(image, id, epoch, MOST);
    }

    static Decision<Boolean> fence(MetadataImage image, int id, long epoch, int most) {
        @Nullable BrokerImage broker = image.cluster().broker(id);
        if (broker == null || broker.epoch() != epoch || broker.fenced()) {
            return Decision.answer(false);
        }
        var records = new ArrayList<ApiMessageAndVersion>();
        fence(image, broker, records);
        boolean all = records.size() <= most;
        return new Decision<>(all ? records : records.subList(1, most + 1), all);
    }

    static void fence(MetadataImage image, BrokerImage broker, List<ApiMessageAndVersion> records) {
        records.add(change(image, broker, FENCE, (byte) 0));
        LeaderElections.gone(LeaderElections.after(image, records), broker.id(), records);
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
}
