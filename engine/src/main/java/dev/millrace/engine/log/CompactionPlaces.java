package dev.millrace.engine.log;

import java.io.IOException;
import java.util.List;

/// Finds single records of the dirty section again, for a map that is not exact.
final class CompactionPlaces implements LatestOffsets.Keys {
    /// Bytes between the places that are remembered.
    static final int INTERVAL = 16 << 10;

    private final String log;
    private final List<CompactionSource> sources;
    private final long from;
    private final long end;
    private final BatchReader reader;
    private final KeyHash hash;
    private final CompactionMapping.Aborts aborts;
    private int swapped;

    /// @param from the first offset of the mapped section
    /// @param reader its own
    CompactionPlaces(
            String log,
            List<CompactionSource> sources,
            long from,
            long end,
            BatchReader reader,
            KeyHash hash,
            CompactionMapping.Aborts aborts) {
        this.log = log;
        this.sources = sources;
        this.from = from;
        this.end = end;
        this.reader = reader;
        this.hash = hash;
        this.aborts = aborts;
    }

    /// The pass has come to that offset: what lies before has been swapped, and its files may be closed.
    void reached(long offset) {
        while (swapped < sources.size() && sources.get(swapped).endOffset() <= offset) {
            swapped++;
        }
    }

    @Override
    public boolean at(long offset, KeyHash into) throws IOException {
        CompactionSource source = holding(offset);
        long place = source.places().positionFor(offset);
        var scan = new BatchScan(source.file(), place, source.size(), BatchScan.SHORT);
        if (!scan.reach(offset, log)) {
            return false;
        }
        reader.begin(source, scan.position());
        return reader.next() && find(offset, into);
    }

    private CompactionSource holding(long offset) {
        int low = 0;
        int high = sources.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (sources.get(middle).baseOffset() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return sources.get(low);
    }

    private boolean find(long offset, KeyHash into) throws IOException {
        RecordCursor records = reader.records();
        while (reader.nextRecord()) {
            if (reader.baseOffset() + records.offsetDelta() == offset) {
                into.of(records.bytes(), records.keyAt(), records.keyLength());
                return records.hasKey();
            }
        }
        return false;
    }

    /// Maps the section again from where the pass is, for this one key.
    @Override
    public long latest(long high, long low) throws IOException {
        var one = new OneKeyMap(high, low, end);
        var mapping =
                new CompactionMapping(
                        sources.subList(swapped, sources.size()), from, one, hash, reader, aborts);
        while (!mapping.isOver() && mapping.end() < end) {
            mapping.step(INTERVAL);
        }
        return one.latest(hash);
    }
}
