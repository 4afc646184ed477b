package dev.millrace.engine.replica;

import dev.millrace.engine.log.LogSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Partitions whose last pass did not end well, and when they may be tried again.
///
/// ```
///   tried --the log had changed--> waits for one backoff
///         --an error of the disk--> waits 15 s, 30 s, ... one hour
///         --uncleanable----------> waits for other settings, of the topic or of the cleaner, or a restart
/// ```
/// **Owner.** The cleaner, in its turn. Bounded by the partitions that are here.
final class CleanerSetbacks {
    private static final long FIRST_MS = 15_000;
    private static final long LONGEST_MS = 3_600_000;

    private record Setback(
            long untilMs,
            long waitedMs,
            @Nullable String reason,
            LogSettings log,
            CleanerSettings cleaner) {}

    private final Map<Partition, Setback> all = new HashMap<>();

    void cancelled(Partition partition, CleanerSettings cleaner, long nowMs) {
        all.put(
                partition,
                new Setback(
                        nowMs + cleaner.backoffMs(),
                        0,
                        null,
                        partition.house().logSettings(),
                        cleaner));
    }

    /// @return how long it will not be tried
    long failed(Partition partition, CleanerSettings cleaner, long nowMs) {
        Setback before = all.get(partition);
        long waitMs =
                before == null || before.waitedMs == 0
                        ? FIRST_MS
                        : Math.min(LONGEST_MS, 2 * before.waitedMs);
        all.put(
                partition,
                new Setback(
                        nowMs + waitMs, waitMs, null, partition.house().logSettings(), cleaner));
        return waitMs;
    }

    void uncleanable(Partition partition, CleanerSettings cleaner, String reason) {
        all.put(
                partition,
                new Setback(Long.MAX_VALUE, 0, reason, partition.house().logSettings(), cleaner));
    }

    void done(Partition partition) {
        all.remove(partition);
    }

    /// Whether it may be tried now.
    boolean allow(Partition partition, CleanerSettings cleaner, long nowMs) {
        Setback setback = all.get(partition);
        if (setback == null || nowMs >= setback.untilMs) {
            return true;
        }
        boolean changed =
                setback.reason != null
                        && !(setback.cleaner.equals(cleaner)
                                && setback.log.equals(partition.house().logSettings()));
        if (changed) {
            all.remove(partition);
        }
        return changed;
    }

    /// Forgets partitions that are not here any more.
    void retain(Collection<Partition> here) {
        if (!all.isEmpty()) {
            all.keySet().retainAll(new HashSet<>(here));
        }
    }

    List<CleanerReport.Uncleanable> uncleanable() {
        var found = new ArrayList<CleanerReport.Uncleanable>();
        all.forEach((partition, setback) -> {
            if (setback.reason != null) {
                found.add(new CleanerReport.Uncleanable(partition.name(), setback.reason));
            }
        });
        found.sort((a, b) -> LogDirectories.BY_NAME.compare(a.name(), b.name()));
        return found;
    }
}
