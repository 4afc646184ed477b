package dev.millrace.simulator.quorum;

import dev.millrace.engine.quorum.QuorumLeader;
import dev.millrace.engine.quorum.QuorumListener;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/// The state that a node makes of what it hears: a chain of hashes over all records, and the newest record of each of a few keys.
/// A snapshot of it is small however long the log was, and tells whether anything was missing.
final class Replica implements QuorumListener {
    static final int KEYS = 16;
    private static final String CHAIN = "chain";

    private final SimNode node;
    private final Truth truth;
    private final long[] newest = new long[KEYS];
    private long chain;
    private long lastOffset = -1;
    private int lastEpoch;
    private long lastAppendedMs;
    private int sinceSnapshot;
    private QuorumLeader leader = QuorumLeader.UNKNOWN;

    Replica(SimNode node, Truth truth) {
        this.node = node;
        this.truth = truth;
    }

    /// The records of one proposal; all of them, or none, are committed (M6).
    static List<ApiMessageAndVersion> records(long proposal, int count, String text) {
        List<ApiMessageAndVersion> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(record(proposal, i + "/" + count, text));
        }
        return records;
    }

    private static ApiMessageAndVersion record(long proposal, String part, String text) {
        return new ApiMessageAndVersion(
                new ConfigRecord()
                        .setResourceType((byte) 2)
                        .setResourceName(Long.toString(proposal))
                        .setName(part)
                        .setValue(text),
                (short) 0);
    }

    private static long mix(long a, long b) {
        long mixed = (a ^ b) * 0xC2B2AE3D27D4EB4FL;
        return mixed ^ (mixed >>> 31);
    }

    @Override
    public void onCommit(List<CommittedBatch> batches) {
        for (CommittedBatch batch : batches) {
            truth.check(
                    batch.baseOffset() > lastOffset,
                    "each batch is heard once, in order",
                    node.id,
                    batch.baseOffset(),
                    lastOffset);
            int expected = 0;
            long offset = batch.baseOffset();
            for (ApiMessageAndVersion each : batch.records()) {
                expected = hear(batch, (ConfigRecord) each.message(), offset++, expected);
            }
            truth.check(expected == 0, "M6 a proposal is whole", node.id, batch.baseOffset());
            truth.check(
                    offset - 1 == batch.lastOffset(),
                    "M6 a batch has a record for each offset",
                    node.id,
                    offset);
            lastOffset = batch.lastOffset();
            lastEpoch = batch.epoch();
            lastAppendedMs = batch.appendedAtMs();
        }
    }

    /// @return the part of the proposal that comes next; 0 when it is complete
    private int hear(CommittedBatch batch, ConfigRecord record, long offset, int expected) {
        String[] part = record.name().split("/", -1);
        int index = Integer.parseInt(part[0]);
        int count = Integer.parseInt(part[1]);
        truth.check(index == expected, "M6 a proposal is whole", node.id, offset, record.name());
        long proposal = Long.parseLong(record.resourceName());
        long hash = mix(mix(proposal, index), record.value().hashCode());
        chain = mix(mix(chain, offset), hash);
        newest[(int) (proposal % KEYS)] = hash;
        sinceSnapshot++;
        boolean last = index + 1 == count;
        truth.committed(
                node.id,
                offset,
                new Truth.Entry(batch.epoch(), hash, state(), batch.appendedAtMs()),
                last ? proposal : -1);
        return last ? 0 : index + 1;
    }

    private long state() {
        long state = chain;
        for (long each : newest) {
            state = mix(state, each);
        }
        return state;
    }

    @Override
    public void onSnapshot(LoadedSnapshot snapshot) {
        if (snapshot.lastOffset() < 0) {
            return; // formatting wrote it
        }
        chain = 0;
        for (ApiMessageAndVersion each : snapshot.records()) {
            var record = (ConfigRecord) each.message();
            long value = Long.parseLong(record.value());
            if (record.name().equals(CHAIN)) {
                chain = value;
            } else {
                newest[Integer.parseInt(record.name())] = value;
            }
        }
        truth.check(
                snapshot.lastOffset() >= lastOffset,
                "M2 a snapshot does not lead back",
                node.id,
                snapshot.lastOffset(),
                lastOffset);
        lastOffset = snapshot.lastOffset();
        lastEpoch = snapshot.epoch();
        lastAppendedMs = snapshot.appendedAtMs();
        sinceSnapshot = 0;
        truth.check(
                state() == truth.chainAt(lastOffset),
                "M7 a snapshot is what replay gives",
                node.id,
                lastOffset);
        node.loadedSnapshot(lastOffset);
    }

    @Override
    public void onLeader(QuorumLeader next) {
        truth.check(
                next.epoch() >= leader.epoch(), "M1 epochs rise", node.id, leader.epoch(), next);
        leader = next;
        node.heardOfLeader(next, lastOffset);
    }

    /// A snapshot of the state, as records.
    List<ApiMessageAndVersion> snapshot() {
        List<ApiMessageAndVersion> records = new ArrayList<>();
        records.add(record(0, CHAIN, Long.toString(chain)));
        for (int i = 0; i < KEYS; i++) {
            records.add(record(0, Integer.toString(i), Long.toString(newest[i])));
        }
        sinceSnapshot = 0;
        return records;
    }

    int sinceSnapshot() {
        return sinceSnapshot;
    }

    long lastOffset() {
        return lastOffset;
    }

    int lastEpoch() {
        return lastEpoch;
    }

    long lastAppendedMs() {
        return lastAppendedMs;
    }
}
