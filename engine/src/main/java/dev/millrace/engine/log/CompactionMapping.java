package dev.millrace.engine.log;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The first half of a pass: reads the dirty section and notes the last offset of each key.
final class CompactionMapping {
    /// Keys that are hashed before they are looked for.
    private static final int HASHED = 256;

    private final List<CompactionSource> sources;
    private final long from;
    private final OffsetMap map;
    private final KeyHash hash;
    private final BatchReader reader;
    private final Aborts aborts;
    private final long[] high = new long[HASHED];
    private final long[] low = new long[HASHED];
    private final long[] offsets = new long[HASHED];
    private int hashed;
    private @Nullable CompactionTransactions transactions;
    private int at;
    private boolean began;
    private boolean full;
    private long end;
    private long bytes;

    /// The aborted transactions, which are looked for when the first is asked.
    interface Aborts {
        List<AbortedTransaction> all() throws IOException;
    }

    /// @param sources the segments of the dirty section
    /// @param from the first offset of the dirty section
    CompactionMapping(
            List<CompactionSource> sources,
            long from,
            OffsetMap map,
            KeyHash hash,
            BatchReader reader,
            Aborts aborts) {
        this.sources = sources;
        this.from = from;
        this.map = map;
        this.hash = hash;
        this.reader = reader;
        this.aborts = aborts;
        this.end = from;
    }

    /// Reads on, about so many bytes.
    ///
    /// @return the bytes that were read
    long step(long atMost) throws IOException {
        long before = bytes;
        while (!isOver() && bytes - before < atMost) {
            CompactionSource source = sources.get(at);
            if (!began) {
                reader.begin(source, 0);
                began = true;
            }
            if (reader.next()) {
                bytes += reader.size();
                batch();
            } else {
                end = source.endOffset();
                at++;
                began = false;
            }
        }
        return bytes - before;
    }

    boolean isOver() {
        return full || at == sources.size();
    }

    /// Below it every record was noted. A batch boundary.
    long end() {
        return end;
    }

    private void batch() throws IOException {
        long lastOffset = reader.lastOffset();
        if (lastOffset < from) {
            return;
        }
        if (!counts() || note()) {
            end = lastOffset + 1;
            return;
        }
        full = true;
        if (end <= from) {
            throw new UncleanableException(
                    "the keys of the batch at offset %d do not fit into log.cleaner.dedupe.buffer.size"
                            .formatted(reader.baseOffset()));
        }
    }

    /// Whether it holds data of nobody's aborted transaction.
    private boolean counts() throws IOException {
        boolean transactional = BatchHeader.transactional(reader.batch(), reader.at());
        boolean control = BatchHeader.control(reader.batch(), reader.at());
        if (!transactional || control) {
            if (control && transactions != null) {
                pass(transactions);
            }
            return !control;
        }
        CompactionTransactions known = transactions;
        if (known == null) {
            // Transactions that have ended before are none of this batch's.
            known = new CompactionTransactions(aborts.all(), reader.baseOffset());
            transactions = known;
        }
        long producer = BatchHeader.producerId(reader.batch(), reader.at());
        return !known.isAborted(producer, reader.lastOffset());
    }

    private void pass(CompactionTransactions known) throws IOException {
        known.isNeedless(
                BatchFilter.typeOf(reader),
                BatchHeader.producerId(reader.batch(), reader.at()),
                reader.lastOffset());
    }

    /// @return false when the map is full
    private boolean note() throws IOException {
        RecordCursor records = reader.records();
        long baseOffset = reader.baseOffset();
        while (reader.nextRecord()) {
            long offset = baseOffset + records.offsetDelta();
            if (records.hasKey() && offset >= from) {
                hash.of(records.bytes(), records.keyAt(), records.keyLength());
                high[hashed] = hash.high();
                low[hashed] = hash.low();
                offsets[hashed++] = offset;
                if (hashed == HASHED && !noteHashed()) {
                    return false;
                }
            }
        }
        return noteHashed();
    }

    private boolean noteHashed() {
        int count = hashed;
        hashed = 0;
        map.fetch(high, count);
        for (int i = 0; i < count; i++) {
            if (!map.put(high[i], low[i], offsets[i])) {
                return false;
            }
        }
        return true;
    }
}
