package dev.millrace.engine.lag;

import dev.millrace.engine.log.FirstData;
import dev.millrace.engine.log.Log;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// What earlier questions have found out about one partition of a group, so that the next need not read it again.
///
/// **Owner.** [GroupLags].
final class PartitionMemory {
    final Pace pace = new Pace();

    private long committed = -1;
    private int leaderEpoch = -1;
    private @Nullable FirstData known;

    /// Forgets what was found for another offset, or in a log that may have been cut since.
    void settle(long committedNow, int leaderEpochNow) {
        if (committed != committedNow || leaderEpoch != leaderEpochNow) {
            committed = committedNow;
            leaderEpoch = leaderEpochNow;
            known = null;
        }
    }

    /// The first record that is data between two offsets: from memory if it is still there, else searched from where the last search
    /// ended.
    FirstData first(Log log, long from, long end) throws IOException {
        FirstData first =
                switch (known) {
                    case FirstData.Found found
                            when from <= found.offset() && found.offset() < end ->
                            found;
                    case FirstData.None(long bound) when bound <= end ->
                            log.firstData(Math.max(from, bound), end);
                    case FirstData.Beyond(long offset) when offset <= end ->
                            log.firstData(Math.max(from, offset), end);
                    case null, default -> log.firstData(from, end);
                };
        known = first;
        return first;
    }
}
