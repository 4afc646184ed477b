package dev.millrace.simulator.quorum;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.ControlRecordUtils;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/// Reads a node's metadata log as it lies in its files, Kafka's, without asking the node.
final class LogWatch {
    private static final int HEADER = 61;

    /// Offsets, epoch and voters, when it names any, of a batch.
    record Logged(long baseOffset, long lastOffset, int epoch, @Nullable Voters voters) {}

    /// A set of voters and where they listen.
    record Voters(long offset, Set<Ballot> keys, Map<Integer, Integer> ports) {}

    private final int node;
    private final Truth truth;
    private final List<Logged> batches = new ArrayList<>();
    private final Map<String, Long> read = new LinkedHashMap<>();
    private final Set<String> snapshots = new TreeSet<>();
    private @Nullable Voters snapshotVoters;
    private long activeBase;

    LogWatch(int node, Truth truth) {
        this.node = node;
        this.truth = truth;
    }

    /// Reads what has changed.
    void refresh(Storage folder) {
        try {
            List<String> files = folder.files();
            List<String> logs = files.stream().filter(name -> name.endsWith(".log")).toList();
            if (!read.isEmpty() && !goesOn(folder, logs)) {
                read.clear();
                batches.clear();
            }
            for (String file : files) {
                if (file.endsWith(".checkpoint") && snapshots.add(file)) {
                    readSnapshot(folder, file);
                }
            }
            for (String file : logs) {
                readOn(folder, file);
                activeBase = Long.parseLong(file.substring(0, 20));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean goesOn(Storage folder, List<String> logs) throws IOException {
        for (Map.Entry<String, Long> each : read.entrySet()) {
            if (!logs.contains(each.getKey()) || folder.size(each.getKey()) < each.getValue()) {
                return false;
            }
        }
        return true;
    }

    private void readOn(Storage folder, String file) throws IOException {
        long from = read.getOrDefault(file, 0L);
        try (StoredFile stored = folder.open(file)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) (stored.size() - from));
            stored.read(from, bytes);
            bytes.flip();
            int at = 0;
            while (bytes.limit() - at >= HEADER) {
                int size = 12 + bytes.getInt(at + 8);
                if (size > bytes.limit() - at) {
                    break;
                }
                logged(bytes.slice(at, size));
                at += size;
            }
            read.put(file, from + at);
        }
    }

    private void logged(ByteBuffer batch) {
        long base = batch.getLong(0);
        int epoch = batch.getInt(12);
        long last = base + batch.getInt(23);
        boolean control = (batch.getShort(21) & 0x20) != 0;
        Logged before = batches.isEmpty() ? null : batches.getLast();
        truth.check(
                before == null || before.lastOffset < base,
                "M3 offsets rise in a log",
                node,
                base,
                String.valueOf(before));
        truth.logged(
                node,
                base,
                epoch,
                batch.getInt(17),
                last,
                before == null ? -1 : before.lastOffset,
                before == null ? -1 : before.epoch);
        Voters voters = control ? voters(batch, base) : null;
        Voters previous = voters();
        if (voters != null && previous != null && previous.offset < voters.offset) {
            truth.votersChange(node, previous.keys, voters.keys, voters.offset);
        }
        batches.add(new Logged(base, last, epoch, voters));
    }

    private void readSnapshot(Storage folder, String file) throws IOException {
        byte[] bytes = folder.readAll(file);
        long end = Long.parseLong(file.substring(0, 20));
        Voters voters = bytes == null ? null : voters(ByteBuffer.wrap(bytes), end - 1);
        if (voters != null && (snapshotVoters == null || voters.offset > snapshotVoters.offset)) {
            snapshotVoters = voters;
        }
    }

    private static @Nullable Voters voters(ByteBuffer batches, long offset) {
        for (Record record : MemoryRecords.readableRecords(batches).records()) {
            if (record.hasKey()
                    && record.key().remaining() == 4
                    && ControlRecordType.parse(record.key()) == ControlRecordType.KRAFT_VOTERS) {
                return voters(ControlRecordUtils.deserializeVotersRecord(record), offset);
            }
        }
        return null;
    }

    private static Voters voters(VotersRecord record, long offset) {
        return new Voters(
                offset,
                record.voters().stream()
                        .map(v -> new Ballot(v.voterId(), v.voterDirectoryId()))
                        .collect(Collectors.toSet()),
                record.voters().stream()
                        .collect(
                                Collectors.toMap(
                                        VotersRecord.Voter::voterId,
                                        v -> v.endpoints().iterator().next().port())));
    }

    /// The newest voters that this node knows of, committed or not; null when they are fixed.
    @Nullable Voters voters() {
        return votersBefore(Integer.MAX_VALUE);
    }

    /// The newest that are named in earlier epochs.
    @Nullable Voters votersBefore(int epoch) {
        for (int i = batches.size() - 1; i >= 0; i--) {
            Voters voters = batches.get(i).voters;
            if (voters != null && batches.get(i).epoch < epoch) {
                return snapshotVoters != null && snapshotVoters.offset > voters.offset
                        ? snapshotVoters
                        : voters;
            }
        }
        return snapshotVoters;
    }

    /// The offset that the next record gets.
    long end() {
        return Math.max(activeBase, batches.isEmpty() ? 0 : batches.getLast().lastOffset + 1);
    }
}
