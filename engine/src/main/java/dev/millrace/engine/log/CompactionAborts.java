package dev.millrace.engine.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/// The aborted transactions that matter to a pass: asked of the log, one segment's index a turn.
///
/// A log in which no batch is transactional is never asked.
final class CompactionAborts {
    private CompactionAborts() {}

    /// In the order of their markers.
    ///
    /// @param sources from where the pass is to the log's end: a marker may stand far behind its transaction
    /// @param end transactions that begin at or above it do not matter
    /// @throws CancellationException when the log is not served any more
    static List<AbortedTransaction> of(
            CompactedLog log, Compaction.Owner owner, List<CompactionSource> sources, long end)
            throws IOException {
        var all = new ArrayList<AbortedTransaction>();
        for (CompactionSource source : sources) {
            boolean served =
                    owner.inTurn(() -> {
                        all.addAll(log.abortedIn(source.segment()));
                        return true;
                    });
            if (!served) {
                throw new CancellationException();
            }
        }
        all.removeIf(each -> each.firstOffset() >= end);
        return all;
    }
}
