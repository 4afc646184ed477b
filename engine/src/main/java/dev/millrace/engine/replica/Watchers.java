package dev.millrace.engine.replica;

import java.util.LinkedHashSet;
import java.util.Set;

/// Who waits for something new in a partition, and what they were told.
///
/// **Owner.** The partition, in its turn.
///
/// **Bound.** Those that wait, and as many, or a few, that have ended: where nothing happens nobody is told, and such entries are swept out.
final class Watchers {
    /// So many are not worth a sweep.
    private static final int FEW = 16;

    private final Set<FetchWatcher> watchers = new LinkedHashSet<>();

    /// How many bytes waiting fetches were told of, and those that read committed records.
    private long countedBytes;

    private long countedStableBytes;

    /// The log start that watchers know of.
    private long toldLogStart;

    /// A sweep is due when the set has doubled, so that each entry pays for a constant share of it.
    private int sweepAt = FEW;

    Watchers(long logStart) {
        toldLogStart = logStart;
    }

    void add(FetchWatcher watcher) {
        if (watchers.size() >= sweepAt) {
            watchers.removeIf(FetchWatcher::over);
            sweepAt = Math.max(FEW, 2 * watchers.size());
        }
        watchers.add(watcher);
    }

    void remove(FetchWatcher watcher) {
        watchers.remove(watcher);
    }

    /// Those that wait, and those that have given up since the last sweep.
    int size() {
        return watchers.size();
    }

    void clear() {
        watchers.clear();
    }

    /// Nobody should wait any longer.
    void tellAll(Woken woken) {
        tell(FetchWatcher.ENOUGH, FetchWatcher.ENOUGH, FetchWatcher.ENOUGH, woken);
    }

    /// The high watermark has moved. Of records of transactions more may be told than became visible, while others are still open: that
    /// only wakes early, and is told again until none is.
    ///
    /// @param visible bytes below it since the partition is here
    /// @param allStable whether it is the last stable offset, too
    void tellVisible(long visible, boolean stableMoved, boolean allStable, Woken woken) {
        long stableBytes = stableMoved ? Math.max(1, visible - countedStableBytes) : 0;
        tell(Math.max(1, visible - countedBytes), stableBytes, 0, woken);
        countedBytes = visible;
        if (allStable) {
            countedStableBytes = visible;
        }
    }

    /// So many bytes were appended, which followers may fetch.
    void tellAppended(long bytes, Woken woken) {
        tell(0, 0, bytes, woken);
    }

    private void tell(long bytes, long stableBytes, long appendedBytes, Woken woken) {
        if (watchers.isEmpty()) {
            return;
        }
        watchers.removeIf(watcher -> {
            if (watcher.over()) {
                return true;
            }
            FetchWait enough = watcher.changed(bytes, stableBytes, appendedBytes);
            if (enough != null) {
                woken.add(enough);
            }
            return false;
        });
    }

    /// The next fetch must look again, but nobody is woken for it.
    void tellOffsets(long logStart) {
        toldLogStart = logStart;
        watchers.forEach(watcher -> watcher.changed(0, 0, 0));
    }

    void tellWhenStartMoved(long logStart) {
        if (logStart != toldLogStart) {
            tellOffsets(logStart);
        }
    }
}
