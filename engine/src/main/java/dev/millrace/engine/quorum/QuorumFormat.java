package dev.millrace.engine.quorum;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.quorum.QuorumSettings.FirstVoter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.raft.KafkaRaftClient;
import org.apache.kafka.raft.VoterSet;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.snapshot.RecordsSnapshotWriter;
import org.apache.kafka.snapshot.SnapshotWriter;
import org.apache.kafka.snapshot.Snapshots;

/// The first snapshot of a new metadata log, `00000000000000000000-0000000000.checkpoint`: it names the voters, as
/// `kafka-storage format --standalone` and `--initial-controllers` do. Every first voter writes the same.
///
/// It is published whole before anything else is written: a crash in between leaves a folder that is not formatted.
public final class QuorumFormat {
    private static final int SNAPSHOT_RECORDS = 1_024;

    private QuorumFormat() {}

    /// The file beside the metadata log that names the levels of a new cluster, in a directory that Kafka's tool has formatted: there it is
    /// called `bootstrap.checkpoint`.
    public static final String BEGINNING = "millrace-bootstrap.checkpoint";

    /// What the file of that name says; empty when there is none.
    public static List<ApiMessageAndVersion> beginning(Storage storage) throws IOException {
        byte[] bytes = storage.exists(BEGINNING) ? storage.readAll(BEGINNING) : null;
        var records = new ArrayList<ApiMessageAndVersion>();
        if (bytes != null) {
            for (RecordBatch batch :
                    MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
                batch.ensureValid();
                for (Record record : batch) {
                    if (!batch.isControlBatch()) {
                        records.add(read(record));
                    }
                }
            }
        }
        return records;
    }

    private static ApiMessageAndVersion read(Record record) {
        ByteBuffer value = record.value();
        return MetadataRecordSerde.INSTANCE.read(new ByteBufferAccessor(value), value.remaining());
    }

    /// Formats an empty folder; leaves any other alone.
    static void format(List<FirstVoter> voters, String listener, Clock clock, Storage folder)
            throws IOException {
        var snapshots = new SnapshotFiles(folder);
        if (voters.isEmpty() || !folder.files().isEmpty()) {
            return;
        }
        write(snapshots, Snapshots.BOOTSTRAP_SNAPSHOT_ID, voters, listener, List.of(), clock);
    }

    /// Writes a snapshot that names the voters and holds the records.
    static void write(
            SnapshotFiles snapshots,
            OffsetAndEpoch id,
            List<FirstVoter> voters,
            String listener,
            List<ApiMessageAndVersion> records,
            Clock clock) {
        var record = new VotersRecord();
        record.setVoters(voters.stream().map(voter -> voter(voter, listener)).toList());
        try (RecordsSnapshotWriter<ApiMessageAndVersion> writer =
                new RecordsSnapshotWriter.Builder()
                        .setLastContainedLogTimestamp(clock.wallMs())
                        .setTime(new QuorumTime(clock))
                        .setMemoryPool(QuorumMemory.BUFFERS)
                        .setKraftVersion(KRaftVersion.LATEST_PRODUCTION)
                        .setVoterSet(Optional.of(VoterSet.fromVotersRecord(record)))
                        .setMaxBatchSizeBytes(KafkaRaftClient.MAX_BATCH_SIZE_BYTES)
                        .setRawSnapshotWriter(snapshots.write(id, _ -> {}))
                        .build(MetadataRecordSerde.INSTANCE)) {
            append(writer, records);
            writer.freeze();
        }
    }

    /// What is appended at once has to fit into one batch.
    static void append(
            SnapshotWriter<ApiMessageAndVersion> writer, List<ApiMessageAndVersion> records) {
        for (int i = 0; i < records.size(); i += SNAPSHOT_RECORDS) {
            writer.append(records.subList(i, Math.min(i + SNAPSHOT_RECORDS, records.size())));
        }
    }

    private static VotersRecord.Voter voter(FirstVoter voter, String listener) {
        var endpoints = new VotersRecord.EndpointCollection();
        endpoints.add(endpoint(listener, voter.host(), voter.port()));
        return new VotersRecord.Voter()
                .setVoterId(voter.nodeId())
                .setVoterDirectoryId(voter.directoryId())
                .setEndpoints(endpoints)
                .setKRaftVersionFeature(
                        new VotersRecord.KRaftVersionFeature()
                                .setMinSupportedVersion((short) 0)
                                .setMaxSupportedVersion(
                                        KRaftVersion.LATEST_PRODUCTION.featureLevel()));
    }

    static VotersRecord.Endpoint endpoint(String listener, String host, int port) {
        return new VotersRecord.Endpoint()
                .setName(ListenerName.normalised(listener).value())
                .setHost(host)
                .setPort(port);
    }
}
