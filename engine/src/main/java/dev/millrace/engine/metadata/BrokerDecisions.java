package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.metadata.UnregisterBrokerRecord;
import org.apache.kafka.common.metadata.UnregisterControllerRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// Nodes come and go.
public final class BrokerDecisions {
    private BrokerDecisions() {}

    /// What a node says of itself when it registers.
    ///
    /// @param incarnation drawn anew by every process
    /// @param endpoints what is advertised; an empty host stands for the address that a client connects to
    /// @param directories the ids of its log directories
    public record Registration(
            int id,
            Uuid incarnation,
            Collection<Endpoint> endpoints,
            @Nullable String rack,
            List<Uuid> directories) {}

    /// Registers a broker that is ready to serve: one that is the controller itself, and so has the newest metadata. Every
    /// partition that it led is led in a new leader epoch from here on, because the process before it may have lost what it
    /// had not flushed (R1); partitions without a leader get this one where it is in sync. Of those with other replicas it is not in sync
    /// any more where eligible leaders are kept (KIP-966, R12), for others may have what it lost.
    ///
    /// @return answers with the broker epoch
    public static Decision<Long> register(MetadataImage image, Registration registration) {
        MetadataVersion version = image.features().metadataVersion();
        long epoch = image.offset() + 1;
        var records = new ArrayList<ApiMessageAndVersion>();
        records.add(registered(image, registration, epoch, version, false));
        int id = registration.id();
        if (TopicRules.eligibleLeaders(image)) {
            var fenced = registered(image, registration, epoch, version, true);
            LeaderElections.lostByOne(LeaderElections.after(image, List.of(fenced)), id, records);
        }
        MetadataImage after = LeaderElections.after(image, records);
        LeaderElections.each(
                after, partition -> partition.leader() == id, PartitionChange::inNewEpoch, records);
        LeaderElections.back(after, id, records);
        return new Decision<>(records, epoch);
    }

    /// As [#register], of a broker whose process before has lost nothing: every log is as its clean stop has left it. What it
    /// led it leads on in the same epoch, so that a start costs no records however many partitions there are.
    public static Decision<Long> registerAsLeft(MetadataImage image, Registration registration) {
        MetadataVersion version = image.features().metadataVersion();
        long epoch = image.offset() + 1;
        var records = new ArrayList<ApiMessageAndVersion>();
        records.add(registered(image, registration, epoch, version, false));
        LeaderElections.back(LeaderElections.after(image, records), registration.id(), records);
        return new Decision<>(records, epoch);
    }

    private static ApiMessageAndVersion registered(
            MetadataImage image,
            Registration registration,
            long epoch,
            MetadataVersion version,
            boolean fenced) {
        return new ApiMessageAndVersion(
                record(image.cluster().broker(registration.id()), registration, epoch, version)
                        .setFenced(fenced),
                version.registerBrokerRecordVersion());
    }

    private static RegisterBrokerRecord record(
            @Nullable BrokerImage before,
            Registration registration,
            long epoch,
            MetadataVersion version) {
        var record =
                new RegisterBrokerRecord()
                        .setBrokerId(registration.id())
                        .setBrokerEpoch(epoch)
                        .setIncarnationId(registration.incarnation())
                        .setRack(registration.rack())
                        .setFenced(false);
        if (version.isDirectoryAssignmentSupported()) {
            record.setLogDirs(registration.directories());
        }
        record.setCordonedLogDirs(
                DirectoryDecisions.stillCordoned(before, registration.directories(), version));
        for (Endpoint endpoint : registration.endpoints()) {
            record.endPoints()
                    .add(
                            new RegisterBrokerRecord.BrokerEndpoint()
                                    .setName(endpoint.listener())
                                    .setHost(endpoint.host())
                                    .setPort(endpoint.port())
                                    .setSecurityProtocol(endpoint.securityProtocol().id));
        }
        SupportedFeatures.RANGES.forEach((name, range) ->
                record.features()
                        .add(
                                new RegisterBrokerRecord.BrokerFeature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        return record;
    }

    /// Registers a member of the quorum (KIP-919); `rack` and `directories` are not said.
    ///
    /// @param features the levels it can work at
    public static Decision<Boolean> registerController(
            MetadataImage image, Registration registration, Map<String, FeatureRange> features) {
        var record =
                new RegisterControllerRecord()
                        .setControllerId(registration.id())
                        .setIncarnationId(registration.incarnation())
                        .setZkMigrationReady(false);
        for (Endpoint endpoint : registration.endpoints()) {
            record.endPoints()
                    .add(
                            new RegisterControllerRecord.ControllerEndpoint()
                                    .setName(endpoint.listener())
                                    .setHost(endpoint.host())
                                    .setPort(endpoint.port())
                                    .setSecurityProtocol(endpoint.securityProtocol().id));
        }
        features.forEach((name, range) ->
                record.features()
                        .add(
                                new RegisterControllerRecord.ControllerFeature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        short version = image.features().metadataVersion().registerControllerRecordVersion();
        return new Decision<>(List.of(new ApiMessageAndVersion(record, version)), true);
    }

    /// Forgets a broker, which leaves every in-sync set. It stays a replica of what it held: that is moved away before.
    ///
    /// @throws org.apache.kafka.common.errors.BrokerIdNotRegisteredException when there is none of that id
    public static Decision<Boolean> unregister(MetadataImage image, int id) {
        @Nullable BrokerImage broker = image.cluster().broker(id);
        if (broker == null) {
            throw Errors.BROKER_ID_NOT_REGISTERED.exception(
                    "Broker ID " + id + " is not currently registered");
        }
        var records = new ArrayList<ApiMessageAndVersion>();
        records.add(
                new ApiMessageAndVersion(
                        new UnregisterBrokerRecord().setBrokerId(id).setBrokerEpoch(broker.epoch()),
                        (short) 0));
        LeaderElections.gone(LeaderElections.after(image, records), id, records);
        return new Decision<>(records, true);
    }

    /// Forgets a controller that will not come back, so that what it cannot do holds up no feature's level any more (KIP-1312).
    /// One that runs registers again at its next look; no voter is taken from the quorum.
    ///
    /// @param self the active controller, which cannot be forgotten
    /// @throws org.apache.kafka.common.errors.ApiException `INVALID_REQUEST` for itself, `UNSUPPORTED_VERSION` at an older
    ///     `metadata.version`, `CONTROLLER_ID_NOT_REGISTERED` when there is none of that id
    public static Decision<Boolean> unregisterController(MetadataImage image, int self, int id) {
        if (id == self) {
            throw Errors.INVALID_REQUEST.exception(
                    "Controller cannot unregister itself while it is active.");
        }
        if (!image.features().metadataVersion().isControllerUnregistrationSupported()) {
            throw Errors.UNSUPPORTED_VERSION.exception(
                    "The current MetadataVersion is too old to support controller unregistration.");
        }
        if (!image.cluster().controllers().containsKey(id)) {
            throw Errors.CONTROLLER_ID_NOT_REGISTERED.exception(
                    "Controller ID " + id + " is not currently registered.");
        }
        var record = new UnregisterControllerRecord().setControllerId(id);
        return new Decision<>(List.of(new ApiMessageAndVersion(record, (short) 0)), true);
    }
}
