package dev.millrace.engine.quorum;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.quorum.QuorumListener.CommittedBatch;
import dev.millrace.engine.quorum.QuorumListener.LoadedSnapshot;
import dev.millrace.engine.quorum.QuorumSettings.FirstVoter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.LogContext;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.raft.Batch;
import org.apache.kafka.raft.ControlRecord;
import org.apache.kafka.raft.ElectionState;
import org.apache.kafka.raft.Isolation;
import org.apache.kafka.raft.KafkaRaftClient;
import org.apache.kafka.raft.ReplicaKey;
import org.apache.kafka.raft.internals.RecordsIterator;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.snapshot.RawSnapshotReader;
import org.apache.kafka.snapshot.RecordsSnapshotReader;
import org.jspecify.annotations.Nullable;

/// The metadata log of a node that does not run and was its only voter: read whole, and begun anew elsewhere with what it came to.
///
/// Of a quorum of one everything that is whole in its log counts as committed: nobody else was to agree.
///
/// **Owner.** The thread that calls; nothing else has the folder open.
public final class StoppedQuorum {
    /// The folder of the metadata log within a log directory.
    public static final String FOLDER = KraftLog.FOLDER;

    private static final int READ_BYTES = 1 << 20;

    private StoppedQuorum() {}

    /// What a metadata log holds.
    ///
    /// @param snapshot the newest; null when there is none
    /// @param batches those behind it
    /// @param voters their node ids, in order; empty when neither the log nor the file of elections names any
    /// @param end the offset behind its last record
    /// @param epoch of its last record
    /// @param electionEpoch the newest that this node has heard of, `epoch` or a later one
    public record Contents(
            @Nullable LoadedSnapshot snapshot,
            List<CommittedBatch> batches,
            List<Integer> voters,
            long end,
            int epoch,
            int electionEpoch) {}

    /// Reads the metadata log in that directory, as a start would find it: what was not written whole at its end is cut.
    ///
    /// @param directory a copy that may be changed
    public static Contents read(Env env, Storage directory) throws IOException {
        Storage folder = directory.directory(FOLDER);
        var log = new KraftLog(env, folder, KraftQuorum.logSettings(Map.of()));
        try {
            return contents(log, new ElectionFile(folder).readElectionState());
        } finally {
            log.close();
        }
    }

    private static Contents contents(KraftLog log, Optional<ElectionState> election) {
        var voters = new TreeSet<Integer>();
        election.ifPresent(state -> voters.addAll(staticVoters(state)));
        LoadedSnapshot snapshot = null;
        long from = log.startOffset();
        Optional<RawSnapshotReader> latest = log.latestSnapshot();
        if (latest.isPresent()) {
            snapshot = load(latest.get(), voters);
            from = Math.max(from, latest.get().snapshotId().offset());
        }
        int epoch = log.lastFetchedEpoch();
        long end = log.endOffset().offset();
        return new Contents(
                snapshot,
                batches(log, from, end, voters),
                List.copyOf(voters),
                end,
                epoch,
                Math.max(epoch, election.map(ElectionState::epoch).orElse(0)));
    }

    /// Those of a quorum that does not keep its voters in the log: the file of elections names them then.
    private static List<Integer> staticVoters(ElectionState state) {
        return state.toQuorumStateData((short) 0).currentVoters().stream()
                .map(voter -> voter.voterId())
                .toList();
    }

    private static LoadedSnapshot load(RawSnapshotReader raw, Set<Integer> voters) {
        var records = new ArrayList<ApiMessageAndVersion>();
        try (var reader =
                RecordsSnapshotReader.of(
                        raw,
                        MetadataRecordSerde.INSTANCE,
                        BufferSupplier.create(),
                        KafkaRaftClient.MAX_BATCH_SIZE_BYTES,
                        true,
                        new LogContext())) {
            while (reader.hasNext()) {
                Batch<ApiMessageAndVersion> batch = reader.next();
                batch.controlRecords().forEach(control -> see(control, voters));
                records.addAll(batch.records());
            }
            return new LoadedSnapshot(
                    reader.lastContainedLogOffset(),
                    reader.lastContainedLogEpoch(),
                    reader.lastContainedLogTimestamp(),
                    records);
        }
    }

    private static List<CommittedBatch> batches(
            KraftLog log, long from, long end, Set<Integer> voters) {
        var batches = new ArrayList<CommittedBatch>();
        long next = from;
        while (next < end) {
            Records chunk = log.read(next, Isolation.UNCOMMITTED, READ_BYTES).records;
            try (var iterator =
                    new RecordsIterator<>(
                            chunk,
                            MetadataRecordSerde.INSTANCE,
                            BufferSupplier.create(),
                            KafkaRaftClient.MAX_BATCH_SIZE_BYTES,
                            true,
                            new LogContext())) {
                while (iterator.hasNext()) {
                    Batch<ApiMessageAndVersion> batch = iterator.next();
                    batch.controlRecords().forEach(control -> see(control, voters));
                    // A read begins with the batch that holds its first offset.
                    if (!batch.records().isEmpty() && batch.baseOffset() >= next) {
                        batches.add(committed(batch));
                    }
                    next = batch.lastOffset() + 1;
                }
            }
        }
        return batches;
    }

    private static CommittedBatch committed(Batch<ApiMessageAndVersion> batch) {
        return new CommittedBatch(
                batch.baseOffset(),
                batch.lastOffset(),
                batch.epoch(),
                batch.appendTimestamp(),
                batch.sizeInBytes(),
                batch.records());
    }

    /// A set of voters takes the place of the one before.
    private static void see(ControlRecord control, Set<Integer> voters) {
        ApiMessage message = control.message();
        if (message instanceof VotersRecord record) {
            voters.clear();
            record.voters().forEach(voter -> voters.add(voter.voterId()));
        }
    }

    /// Begins a metadata log with one snapshot of what another came to, at its offset and epoch. That node is its only voter.
    ///
    /// @param directory in which there is no metadata log
    /// @param directoryId with the node id, the identity of the voter (KIP-853); nobody connects to the only one
    public static void begin(
            Env env,
            Storage directory,
            Contents before,
            List<ApiMessageAndVersion> records,
            int nodeId,
            Uuid directoryId)
            throws IOException {
        Storage folder = directory.directory(FOLDER);
        QuorumFormat.write(
                new SnapshotFiles(folder),
                new OffsetAndEpoch(before.end(), before.epoch()),
                List.of(new FirstVoter(nodeId, directoryId, "localhost", 9093)),
                "CONTROLLER",
                records,
                env.clock());
        new ElectionFile(folder)
                .writeElectionState(
                        ElectionState.withElectedLeader(
                                before.electionEpoch(),
                                nodeId,
                                Optional.of(ReplicaKey.of(nodeId, directoryId)),
                                Set.of()),
                        KRaftVersion.LATEST_PRODUCTION);
        // Finds a snapshot ahead of an empty log, and begins at its end.
        new KraftLog(env, folder, KraftQuorum.logSettings(Map.of())).close();
        directory.syncDirectory();
    }
}
