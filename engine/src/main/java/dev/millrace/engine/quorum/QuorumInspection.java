package dev.millrace.engine.quorum;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.Finding;
import dev.millrace.engine.log.KeptAside;
import dev.millrace.engine.log.LogFacts;
import dev.millrace.engine.log.LogInspection;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.Mend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.raft.generated.QuorumStateData;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.jspecify.annotations.Nullable;

/// Checks the folder of the metadata log while no node has it open: the log, its snapshots, the election file. Changes nothing; what it finds
/// says how it can be put right.
public final class QuorumInspection {
    /// The folder in the data directory.
    public static final String FOLDER = KraftLog.FOLDER;

    private static final TopicPartition NAME =
            new TopicPartition(Topic.CLUSTER_METADATA_TOPIC_NAME, 0);
    private static final Pattern SNAPSHOT = Pattern.compile("\\d{20}-\\d{10}\\.checkpoint");

    private final Storage folder;
    private final LongConsumer seen;
    private final Records records;
    private final List<Finding> findings = new ArrayList<>();

    /// Snapshots that are whole, and those that are not.
    private final TreeMap<OffsetAndEpoch, Snapshot> snapshots = new TreeMap<>();

    /// Those of [#findings] whose mend takes records out of the log.
    private final Set<Finding> cuts = Collections.newSetFromMap(new IdentityHashMap<>());

    private @Nullable QuorumStateData election;
    private int latestEpoch = -1;
    private boolean complete = true;

    /// Is given the metadata's records in their order: those of the newest whole snapshot, then those of the log behind it.
    @FunctionalInterface
    public interface Records {
        /// @param offset in the log; of a snapshot's records the offset before its end
        void record(ApiMessageAndVersion record, long offset, int epoch);
    }

    private record Snapshot(String file, LogInspection inspection, boolean whole) {}

    private QuorumInspection(Storage folder, LongConsumer seen, Records records) {
        this.folder = folder;
        this.seen = seen;
        this.records = records;
    }

    /// Checks the metadata log in that folder.
    public static QuorumInspection of(Storage folder, LongConsumer seen, Records records)
            throws IOException {
        var inspection = new QuorumInspection(folder, seen, records);
        inspection.run();
        return inspection;
    }

    public List<Finding> findings() {
        return findings;
    }

    /// Every record was given out.
    public boolean complete() {
        return complete;
    }

    private void run() throws IOException {
        for (String file : folder.files()) {
            if (SNAPSHOT.matcher(file).matches()) {
                OffsetAndEpoch id =
                        new OffsetAndEpoch(
                                Long.parseLong(file.substring(0, 20)),
                                Integer.parseInt(file.substring(21, 31)));
                snapshots.put(id, snapshot(file, id));
            } else if (file.endsWith(".checkpoint.part")) {
                findings.add(
                        Finding.note(
                                file,
                                "is a snapshot that a stop cut off: the next start deletes it"));
            }
        }
        OffsetAndEpoch from = snapshots.isEmpty() ? null : newestWhole();
        if (from != null) {
            give(from);
        }
        long begin = from == null ? 0 : from.offset();
        var facts =
                new LogFacts(NAME, LogSettings.DEFAULTS, false, -1, 0, 0, Integer.MAX_VALUE, 0, 0);
        LogInspection log =
                LogInspection.of(
                        folder,
                        facts,
                        seen,
                        (batch, offset, _) -> {
                            if (offset >= begin) {
                                decode(batch, -1);
                            }
                        });
        log.findings().forEach(finding -> findings.add(ofLog(finding, begin, from)));
        latestEpoch = Math.max(log.latestEpoch(), from == null ? -1 : from.epoch());
        complete &= log.logStart() <= begin && findings.stream().allMatch(f -> f.lost() == null);
        for (var each : snapshots.entrySet()) {
            judge(each.getKey(), each.getValue(), from, log);
        }
        election();
    }

    /// Nothing is given up of this log; but what a whole snapshot holds need not be in it.
    private Finding ofLog(Finding finding, long begin, @Nullable OffsetAndEpoch from) {
        Finding.Lost lost = finding.lost();
        if (lost == null) {
            return finding;
        }
        Mend quarantine = finding.quarantine();
        boolean held = lost.lastOffset() >= lost.firstOffset() && lost.lastOffset() < begin;
        if (!held || quarantine == null || from == null) {
            return Finding.lost(finding.file(), finding.what(), lost, null);
        }
        Finding cut =
                Finding.wrong(
                        finding.file(),
                        "%s; they are of offsets %d to %d, which the snapshot as of offset %d holds too"
                                .formatted(
                                        finding.what(),
                                        lost.firstOffset(),
                                        lost.lastOffset(),
                                        from.offset()),
                        quarantine);
        cuts.add(cut);
        return cut;
    }

    private @Nullable OffsetAndEpoch newestWhole() {
        for (var entry : snapshots.descendingMap().entrySet()) {
            if (entry.getValue().whole) {
                return entry.getKey();
            }
        }
        return null;
    }

    // ---- snapshots

    private Snapshot snapshot(String file, OffsetAndEpoch id) throws IOException {
        boolean[] ends = new boolean[2];
        LogInspection inspection =
                LogInspection.ofSnapshot(
                        folder,
                        file,
                        NAME,
                        id.epoch(),
                        seen,
                        (batch, offset, _) -> {
                            for (MutableRecordBatch each : batch.batches()) {
                                ends[0] |= offset == 0 && each.isControlBatch();
                                ends[1] = each.isControlBatch();
                            }
                        });
        return new Snapshot(file, inspection, !inspection.incomplete() && ends[0] && ends[1]);
    }

    private void give(OffsetAndEpoch id) throws IOException {
        LogInspection.ofSnapshot(
                folder,
                Objects.requireNonNull(snapshots.get(id)).file,
                NAME,
                id.epoch(),
                _ -> {},
                (batch, _, _) -> decode(batch, id.offset() - 1));
    }

    /// A damaged snapshot can be done without where a whole one joins the log.
    private void judge(
            OffsetAndEpoch id, Snapshot snapshot, @Nullable OffsetAndEpoch whole, LogInspection log)
            throws IOException {
        if (snapshot.whole) {
            findings.addAll(snapshot.inspection.findings());
            return;
        }
        String file = snapshot.file;
        boolean joins =
                whole != null
                        && log.logStart() <= whole.offset()
                        && whole.offset() <= log.logEnd()
                        && !log.incomplete();
        String what =
                "is a snapshot of the metadata as of offset %d, and is damaged"
                        .formatted(id.offset());
        if (joins) {
            String aside = KeptAside.free(folder, file);
            findings.add(
                    Finding.wrong(
                            file,
                            what + "; another one and the log behind it hold the same",
                            new Mend(
                                    "puts it aside as " + aside,
                                    () -> folder.publish(file, aside))));
        } else {
            complete = false;
            findings.add(
                    Finding.odd(
                            file,
                            what
                                    + ", and nothing else holds it: bring the folder back from a backup, or from another controller"));
        }
    }

    // ---- records

    private void decode(MemoryRecords batch, long asOf) {
        for (MutableRecordBatch each : batch.batches()) {
            if (each.isControlBatch()) {
                continue;
            }
            for (Record record : each) {
                ByteBuffer value = record.value();
                try {
                    ApiMessageAndVersion message =
                            MetadataRecordSerde.INSTANCE.read(
                                    new ByteBufferAccessor(value), value.remaining());
                    records.record(
                            message,
                            asOf < 0 ? record.offset() : asOf,
                            each.partitionLeaderEpoch());
                } catch (RuntimeException unknown) {
                    complete = false;
                    findings.add(
                            Finding.odd(
                                    "the metadata log",
                                    "holds a record at offset %d that this version does not understand: %s"
                                            .formatted(record.offset(), unknown.getMessage())));
                }
            }
        }
    }

    // ---- the election file

    private void election() throws IOException {
        byte[] bytes = folder.readAll(ElectionFile.NAME);
        if (bytes == null) {
            return;
        }
        try {
            election = ElectionFile.checked(new String(bytes, StandardCharsets.UTF_8));
        } catch (RuntimeException damaged) {
            wrong("cannot be read");
            return;
        }
        if (election.leaderEpoch() < latestEpoch) {
            wrong(
                    "is of epoch %d, although the log has records of epoch %d"
                            .formatted(election.leaderEpoch(), latestEpoch));
        }
    }

    /// Compares the election file with who there is.
    ///
    /// @param voters every node that can lead; empty when nobody knows
    public void who(int nodeId, Uuid directoryId, Set<Integer> voters) throws IOException {
        QuorumStateData data = election;
        if (data == null || findings.stream().anyMatch(f -> f.file().equals(ElectionFile.NAME))) {
            return;
        }
        boolean known = !voters.isEmpty();
        if (known && data.leaderId() >= 0 && !voters.contains(data.leaderId())) {
            wrong("names a leader (%d) that is no controller".formatted(data.leaderId()));
        } else if (known && data.votedId() >= 0 && !voters.contains(data.votedId())) {
            wrong("names a vote for node %d, which is no controller".formatted(data.votedId()));
        } else if (data.votedId() == nodeId
                && !Uuid.ZERO_UUID.equals(data.votedDirectoryId())
                && !directoryId.equals(data.votedDirectoryId())) {
            wrong("names a vote for another directory of this node");
        } else if (data.votedId() < 0 && !Uuid.ZERO_UUID.equals(data.votedDirectoryId())) {
            wrong("names the directory of a vote, and no vote");
        } else if (data.leaderId() < -1 || data.votedId() < -1) {
            wrong("names a node with a negative number");
        }
    }

    /// As [#findings], where other controllers have what this folder should hold: nothing is taken out of its log, which would differ from
    /// theirs for good, and no vote is forgotten, which could be given twice.
    public List<Finding> amongOthers() {
        return findings.stream().map(this::amongOthers).toList();
    }

    private Finding amongOthers(Finding found) {
        boolean vote = found.file().equals(ElectionFile.NAME) && found.mend() != null;
        if (!vote && !cuts.contains(found)) {
            return found;
        }
        return Finding.odd(
                found.file(),
                found.what()
                        + ". Other controllers have what belongs here: move away all that is in this directory, and this node fetches it anew (of"
                        + " partitions what other brokers have); a voter that is kept in the metadata log has to be taken out of the voters"
                        + " first, and added again (docs/quorum.md)");
    }

    /// With one controller there is no vote that could be given twice.
    private void wrong(String what) throws IOException {
        String aside = KeptAside.free(folder, ElectionFile.NAME);
        findings.add(
                Finding.wrong(
                        ElectionFile.NAME,
                        what,
                        new Mend(
                                "puts it aside as "
                                        + aside
                                        + ": the next start elects anew, from the epoch of the log",
                                () -> folder.publish(ElectionFile.NAME, aside))));
    }
}
