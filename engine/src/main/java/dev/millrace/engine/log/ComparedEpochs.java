package dev.millrace.engine.log;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether a log's leader epochs are known to be those of its batches (L4): what a recovery has read is; what a clean stop has left is
/// compared when the epochs are first asked for.
///
/// **Owner.** The log, in its turn.
final class ComparedEpochs {
    private static final Logger LOG = LoggerFactory.getLogger(ComparedEpochs.class);

    private final String log;
    private final Segments segments;
    private final LeaderEpochs epochs;

    /// Since this process began.
    private boolean done;

    ComparedEpochs(Opening.Opened opened) {
        this.log = opened.name().toString();
        this.segments = opened.segments();
        this.epochs = opened.epochs();
        this.done = !opened.asClosed();
    }

    /// @param cleanedTo compaction may have taken batches below it, and whole epochs with them
    void compare(long logStart, long logEnd, LogSettings settings, long cleanedTo)
            throws IOException {
        if (!done) {
            boolean holes = settings.compact() || cleanedTo > 0;
            EpochsOfBatches.mend(
                    log, segments, epochs, logStart, logEnd, settings.indexIntervalBytes(), holes);
            done = true;
        }
    }

    /// As [#compare]; where the disk does not let it, the epochs are taken as they are, and compared the next time.
    void tryCompare(long logStart, long logEnd, LogSettings settings, long cleanedTo) {
        try {
            compare(logStart, logEnd, settings, cleanedTo);
        } catch (IOException e) {
            LOG.warn("{}: the leader epochs were not compared: {}", log, e.toString());
        }
    }
}
