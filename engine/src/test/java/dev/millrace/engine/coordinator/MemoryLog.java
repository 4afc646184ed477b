package dev.millrace.engine.coordinator;

import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.log.VerificationGuard;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;

/// A partition in memory: what it holds outlives its leaderships, its high watermark moves when the test says so, its appends
/// fail when the test says so.
public final class MemoryLog {
    private record Batch(long baseOffset, long nextOffset, ByteBuffer bytes) {}

    private record Waiting(long endOffset, CompletableFuture<Errors> stage) {}

    private final List<Batch> batches = new ArrayList<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final ArrayDeque<Errors> refusals = new ArrayDeque<>();
    private final List<TransactionMarker> markers = new ArrayList<>();
    private long highWatermark;
    private int epoch;
    private boolean commitsAtOnce = true;
    private int readsToFail;
    private int reads;
    private int maxBatchBytes = (1 << 20) + 12;

    /// Begins a leadership; the one before, if any, is over.
    public CoordinatorLog lead() {
        end(Errors.NOT_LEADER_OR_FOLLOWER);
        epoch++;
        return new Leadership(epoch);
    }

    /// The leadership is lost, and with it all that is not committed.
    public void lose() {
        epoch++;
        batches.removeIf(batch -> batch.nextOffset > highWatermark);
        end(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    private void end(Errors error) {
        while (!waiting.isEmpty()) {
            waiting.remove().stage.complete(error);
        }
    }

    public void commitAtOnce(boolean atOnce) {
        commitsAtOnce = atOnce;
        if (atOnce) {
            commitTo(endOffset());
        }
    }

    public void commitTo(long offset) {
        highWatermark = Math.max(highWatermark, Math.min(offset, endOffset()));
        while (!waiting.isEmpty() && waiting.peek().endOffset <= highWatermark) {
            waiting.remove().stage.complete(Errors.NONE);
        }
    }

    public void refuseNext(Errors error) {
        refusals.add(error);
    }

    public void refuseNothing() {
        refusals.clear();
    }

    /// Nobody who waits for a commit now will hear of it from there.
    public void failCommits(Errors error) {
        end(error);
    }

    /// How often it was read.
    public int reads() {
        return reads;
    }

    public void failNextReads(int count) {
        readsToFail = count;
    }

    public void maxBatchBytes(int bytes) {
        maxBatchBytes = bytes;
    }

    /// What somebody else has written, before the present leadership.
    public void write(MemoryRecords records) {
        store(records);
        commitTo(endOffset());
    }

    private long store(MemoryRecords records) {
        ByteBuffer bytes = ByteBuffer.allocate(records.sizeInBytes());
        bytes.put(records.buffer().duplicate()).flip();
        long base = endOffset();
        long next = base;
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(bytes).batches()) {
            next = base + batch.countOrNull();
            batch.setLastOffset(next - 1);
            batch.setPartitionLeaderEpoch(epoch);
        }
        batches.add(new Batch(base, next, bytes));
        return base;
    }

    public long endOffset() {
        return batches.isEmpty() ? 0 : batches.getLast().nextOffset;
    }

    public long highWatermark() {
        return highWatermark;
    }

    public int leaderEpoch() {
        return epoch;
    }

    /// Every batch below the end, in order.
    public List<MemoryRecords> all() {
        return batches.stream()
                .map(batch -> MemoryRecords.readableRecords(batch.bytes.duplicate()))
                .toList();
    }

    /// Every marker that was to be written.
    public List<TransactionMarker> markers() {
        return markers;
    }

    private final class Leadership implements CoordinatorLog {
        private final int mine;

        private Leadership(int mine) {
            this.mine = mine;
        }

        @Override
        public int leaderEpoch() {
            return mine;
        }

        @Override
        public long start() {
            return 0;
        }

        @Override
        public long end() {
            return endOffset();
        }

        @Override
        public int maxBatchBytes() {
            return maxBatchBytes;
        }

        @Override
        public Append append(MemoryRecords records) {
            Append appended = appendUnhurried(records);
            if (commitsAtOnce) {
                commitTo(endOffset());
            }
            return appended;
        }

        @Override
        public Append append(TransactionMarker marker) {
            markers.add(marker);
            return append(
                    MemoryRecords.withEndTransactionMarker(
                            0,
                            marker.producerId(),
                            marker.producerEpoch(),
                            new EndTransactionMarker(
                                    marker.commit()
                                            ? ControlRecordType.COMMIT
                                            : ControlRecordType.ABORT,
                                    marker.coordinatorEpoch())));
        }

        @Override
        public Append append(MemoryRecords records, @Nullable VerificationGuard verified) {
            return append(records);
        }

        @Override
        public Append appendUnhurried(MemoryRecords records) {
            if (mine != epoch) {
                return new Append.Refused(Errors.NOT_LEADER_OR_FOLLOWER);
            }
            if (!refusals.isEmpty()) {
                return new Append.Refused(refusals.remove());
            }
            if (records.sizeInBytes() > maxBatchBytes) {
                return new Append.Refused(Errors.MESSAGE_TOO_LARGE);
            }
            return new Append.Written(store(records));
        }

        @Override
        public CompletionStage<Errors> committed(long endOffset) {
            var stage = new CompletableFuture<Errors>();
            if (mine == epoch && commitsAtOnce) {
                commitTo(endOffset);
            }
            if (mine != epoch) {
                stage.complete(Errors.NOT_LEADER_OR_FOLLOWER);
            } else if (endOffset <= highWatermark) {
                stage.complete(Errors.NONE);
            } else {
                waiting.add(new Waiting(endOffset, stage));
            }
            return stage;
        }

        @Override
        public MemoryRecords read(long offset, int maxBytes) throws java.io.IOException {
            if (mine != epoch) {
                throw new LeadershipOver("the test's log", Errors.NOT_LEADER_OR_FOLLOWER);
            }
            reads++;
            if (readsToFail > 0) {
                readsToFail--;
                throw new java.io.IOException("the test's disk");
            }
            for (Batch batch : batches) {
                if (batch.nextOffset > offset) {
                    return MemoryRecords.readableRecords(batch.bytes.duplicate());
                }
            }
            return MemoryRecords.EMPTY;
        }
    }
}
