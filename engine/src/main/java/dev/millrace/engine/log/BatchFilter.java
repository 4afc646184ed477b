package dev.millrace.engine.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.jspecify.annotations.Nullable;

/// Decides what of a batch stays. The rules are a table in `docs/compaction.md`.
///
/// **Owner.** One pass, which shows it every batch from the log start on, in order.
final class BatchFilter {
    /// What becomes of a batch.
    enum Verdict {
        /// It stays, byte by byte.
        SAME,
        /// Those of its records stay that are [#kept()].
        REWRITTEN,
        /// Its header stays.
        EMPTY,
        GONE
    }

    /// Version and type.
    private static final int CONTROL_KEY = 4;

    private final long nowMs;
    private final long deleteRetentionMs;
    private final long end;
    private final OffsetMap map;
    private final KeyHash hash;
    private final LastOfProducer lastOfProducer;
    private final BitSet kept = new BitSet();
    private int count;
    private int keptCount;
    private boolean tombstones;
    private long horizonMs;
    private @Nullable AbortedTransaction aborted;

    /// @param end of the section that is mapped: nothing at or above it goes
    /// @param map the last offset in that section of each key
    BatchFilter(
            long nowMs,
            long deleteRetentionMs,
            long end,
            OffsetMap map,
            KeyHash hash,
            LastOfProducer lastOfProducer) {
        this.nowMs = nowMs;
        this.deleteRetentionMs = deleteRetentionMs;
        this.end = end;
        this.map = map;
        this.hash = hash;
        this.lastOfProducer = lastOfProducer;
    }

    /// @param transactions null when there were none so far
    /// @param last it is the last batch of what becomes a segment
    Verdict judge(BatchReader batch, @Nullable CompactionTransactions transactions, boolean last)
            throws IOException {
        boolean control = BatchHeader.control(batch.batch(), batch.at());
        aborted = null;
        boolean needless = transactions != null && isNeedless(batch, transactions, control);
        boolean hasHorizon = BatchHeader.hasDeleteHorizon(batch.batch(), batch.at());
        boolean expired =
                hasHorizon && BatchHeader.baseTimestamp(batch.batch(), batch.at()) <= nowMs;
        boolean lastOfOne = lastOfProducer.is(batch.batch(), batch.at());
        // An empty marker would tell nothing of its producer.
        boolean discarded = needless && (!control || (expired && !lastOfOne));
        boolean mayBeEmpty = last || lastOfOne;
        horizonMs = -1;
        count = 0;
        keptCount = 0;
        if (discarded && !mayBeEmpty) {
            return Verdict.GONE;
        }
        look(batch, discarded, control, expired);
        if (keptCount == 0) {
            return mayBeEmpty ? emptied(batch) : Verdict.GONE;
        }
        boolean wantsHorizon = (control && needless) || (tombstones && batch.lastOffset() < end);
        if (wantsHorizon && !hasHorizon) {
            horizonMs = nowMs + deleteRetentionMs;
        }
        return keptCount == count && horizonMs < 0 ? Verdict.SAME : Verdict.REWRITTEN;
    }

    private static Verdict emptied(BatchReader batch) {
        return batch.size() == BatchHeader.BYTES ? Verdict.SAME : Verdict.EMPTY;
    }

    private boolean isNeedless(
            BatchReader batch, CompactionTransactions transactions, boolean control)
            throws IOException {
        long producer = BatchHeader.producerId(batch.batch(), batch.at());
        long lastOffset = batch.lastOffset();
        boolean needless;
        if (control) {
            needless = transactions.isNeedless(typeOf(batch), producer, lastOffset);
            aborted = transactions.ended();
        } else {
            needless =
                    BatchHeader.transactional(batch.batch(), batch.at())
                            && transactions.isAborted(producer, lastOffset);
        }
        return needless && lastOffset < end;
    }

    /// Of a control batch; null when it is empty.
    static @Nullable ControlRecordType typeOf(BatchReader batch) throws IOException {
        RecordCursor records = batch.records();
        if (!batch.nextRecord()) {
            return null;
        }
        return records.keyLength() < CONTROL_KEY
                ? ControlRecordType.UNKNOWN
                : ControlRecordType.parse(
                        ByteBuffer.wrap(records.bytes(), records.keyAt(), records.keyLength())
                                .slice());
    }

    private void look(BatchReader batch, boolean discarded, boolean control, boolean expired)
            throws IOException {
        kept.clear();
        tombstones = false;
        RecordCursor records = batch.records();
        for (; batch.nextRecord(); count++) {
            if (!discarded && (control || stays(records, batch.baseOffset(), expired))) {
                kept.set(count);
                keptCount++;
                tombstones |= !control && !records.hasValue();
            }
        }
    }

    private boolean stays(RecordCursor record, long baseOffset, boolean expired) {
        long offset = baseOffset + record.offsetDelta();
        if (offset >= end) {
            return true;
        }
        if (!record.hasKey() || (expired && !record.hasValue())) {
            return false;
        }
        if (map.isMarked(offset)) {
            return map.isLatest(offset);
        }
        hash.of(record.bytes(), record.keyAt(), record.keyLength());
        return map.latest(hash) <= offset;
    }

    /// The aborted transaction that the last batch ended, when it has batches still.
    @Nullable AbortedTransaction aborted() {
        return aborted;
    }

    /// Records of the last batch that stay, by their places in it.
    BitSet kept() {
        return kept;
    }

    /// How many records the last batch had; 0 when nobody looked.
    int count() {
        return count;
    }

    int keptCount() {
        return keptCount;
    }

    /// The delete horizon that the last batch gets; -1 for none, or none but the one it has.
    long horizonMs() {
        return horizonMs;
    }
}
