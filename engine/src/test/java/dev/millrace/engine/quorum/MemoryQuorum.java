package dev.millrace.engine.quorum;

import dev.millrace.engine.check.Invariant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// A quorum of one that keeps its log in a list: for tests of what is above the quorum. It leads from the first step; with
/// `commitAtOnce` every proposal is committed by the `schedule()` that follows it, otherwise by the next step. The test may
/// take leadership away and give it back.
public final class MemoryQuorum implements QuorumEngine {
    /// As Kafka's engine.
    private static final int MAX_BATCH_BYTES = 8 << 20;

    private final int nodeId;
    private final boolean commitAtOnce;
    private final List<QuorumListener.CommittedBatch> log = new ArrayList<>();
    private final ArrayDeque<QuorumListener.CommittedBatch> uncommitted = new ArrayDeque<>();
    private @Nullable QuorumListener listener;
    private QuorumLeader leader = QuorumLeader.UNKNOWN;
    private long end;
    private boolean stepping;

    public MemoryQuorum(int nodeId, boolean commitAtOnce) {
        this.nodeId = nodeId;
        this.commitAtOnce = commitAtOnce;
    }

    /// Every committed batch, oldest first.
    public List<QuorumListener.CommittedBatch> log() {
        return log;
    }

    @Override
    public int nodeId() {
        return nodeId;
    }

    @Override
    public QuorumLeader leader() {
        return leader;
    }

    @Override
    public synchronized Proposal propose(int expectedEpoch, List<ApiMessageAndVersion> records) {
        Invariant.check(!records.isEmpty(), "a proposal has records");
        if (leader.id() != nodeId || leader.epoch() != expectedEpoch) {
            return new Proposal.NotLeader();
        }
        long bytes = 0;
        var cache = new ObjectSerializationCache();
        for (ApiMessageAndVersion record : records) {
            bytes += record.message().size(cache, record.version());
        }
        if (bytes > MAX_BATCH_BYTES) {
            return new Proposal.TooLarge();
        }
        long base = end;
        end += records.size();
        uncommitted.add(
                new QuorumListener.CommittedBatch(
                        base,
                        end - 1,
                        expectedEpoch,
                        0,
                        100 * records.size(),
                        List.copyOf(records)));
        return new Proposal.Accepted(end - 1);
    }

    @Override
    public void schedule() {
        if (commitAtOnce && !stepping) {
            step();
        }
    }

    @Override
    public long highWatermark() {
        return log.isEmpty() ? 0 : log.getLast().lastOffset() + 1;
    }

    @Override
    public short kraftVersion() {
        return 1;
    }

    @Override
    public void listen(QuorumListener newListener) {
        listener = newListener;
    }

    @Override
    public void resign(int epoch) {
        if (epoch == leader.epoch()) {
            loseLeadership(QuorumLeader.NONE);
        }
    }

    @Override
    public void writeSnapshot(
            long lastOffset, int epoch, long appendedAtMs, List<ApiMessageAndVersion> records) {
        // The log is never trimmed here, so a snapshot would never be read.
    }

    /// What was proposed and not committed is gone; the other node leads.
    public void loseLeadership(int otherId) {
        uncommitted.clear();
        end = highWatermark();
        become(new QuorumLeader(leader.epoch() + 1, otherId));
    }

    public void lead() {
        // Kafka's quorum begins each epoch with a control record, which takes an offset.
        end++;
        become(new QuorumLeader(leader.epoch() + 1, nodeId));
    }

    private void become(QuorumLeader now) {
        leader = now;
        if (listener != null) {
            listener.onLeader(now);
        }
    }

    @Override
    public long step() {
        stepping = true;
        try {
            if (leader.epoch() == 0) {
                lead();
            }
            while (!uncommitted.isEmpty()) {
                var batch = uncommitted.removeFirst();
                log.add(batch);
                if (listener != null) {
                    listener.onCommit(List.of(batch));
                }
            }
            return Long.MAX_VALUE;
        } finally {
            stepping = false;
        }
    }
}
