package dev.millrace.engine.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.Record;

/// Which transactions were aborted, and where they lie.
///
/// Found by one walk over the headers; a log without transactions is not walked over. (An index of aborted transactions can answer instead:
/// all that is wanted is [#of].)
final class CompactionAborts {
    /// @param firstOffset of its first batch that is left
    /// @param lastOffset of its marker
    record Aborted(long producerId, long firstOffset, long lastOffset) {}

    /// Whether it is worth going on.
    interface Served {
        boolean still() throws IOException;
    }

    private final Map<Long, Long> open = new HashMap<>();
    private final List<Aborted> aborted = new ArrayList<>();

    private final long from;

    private CompactionAborts(long from) {
        this.from = from;
    }

    /// In the order of their markers.
    ///
    /// @param sources the whole log: a marker may stand far behind its transaction
    /// @param from the log start: what lies before it counts as not there
    /// @param end below it every transaction has an end
    /// @param served asked now and then
    /// @throws CancellationException when the log is not served any more
    static List<Aborted> of(
            String log, List<CompactionSource> sources, long from, long end, Served served)
            throws IOException {
        var walk = new CompactionAborts(from);
        for (CompactionSource source : sources) {
            var scan = new BatchScan(source.file(), 0, source.size(), BatchScan.LONG);
            while (scan.nextOrCorrupt(log)) {
                walk.batch(scan);
            }
            if (!served.still()) {
                throw new CancellationException();
            }
        }
        walk.checkEnded(end);
        return walk.aborted;
    }

    private void batch(BatchScan scan) throws IOException {
        if (scan.lastOffset() < from
                || !BatchHeader.transactional(scan.header(), scan.headerAt())) {
            return;
        }
        long producer = BatchHeader.producerId(scan.header(), scan.headerAt());
        if (!BatchHeader.control(scan.header(), scan.headerAt())) {
            open.putIfAbsent(producer, scan.baseOffset());
            return;
        }
        ControlRecordType type = typeOf(scan);
        Long first =
                type == ControlRecordType.COMMIT || type == ControlRecordType.ABORT
                        ? open.remove(producer)
                        : null;
        if (first != null && type == ControlRecordType.ABORT) {
            aborted.add(new Aborted(producer, first, scan.lastOffset()));
        }
    }

    /// An empty control batch says nothing.
    private static ControlRecordType typeOf(BatchScan scan) throws IOException {
        for (Record record : scan.records().load().records()) {
            return ControlRecordType.parse(record.key());
        }
        return ControlRecordType.UNKNOWN;
    }

    private void checkEnded(long end) throws UncleanableException {
        for (Map.Entry<Long, Long> each : open.entrySet()) {
            if (each.getValue() < end) {
                throw new UncleanableException(
                        "the transaction of producer %d at offset %d has no end"
                                .formatted(each.getKey(), each.getValue()));
            }
        }
    }
}
