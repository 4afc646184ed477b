package dev.millrace.engine.replica;

import dev.millrace.engine.log.Cleanable;
import dev.millrace.engine.log.Compaction;
import dev.millrace.engine.log.CompactionLimits;
import dev.millrace.engine.log.Log;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One partition as a pass of compaction sees it: lends the pass the partition's turn.
final class CompactedPartition implements Compaction.Owner {
    private final Partition partition;
    private @Nullable Cleanable range;
    private boolean due;
    private boolean opened;
    private @Nullable Log log;

    CompactedPartition(Partition partition) {
        this.partition = partition;
    }

    Partition partition() {
        return partition;
    }

    /// Finds out whether it is due.
    ///
    /// @param opens whether a log that rests may be opened for it
    /// @return whether it compacts, and has something to tell
    boolean look(long nowMs, boolean opens) throws IOException {
        return partition
                .house()
                .keep((lazy, bounds) -> {
                    boolean dirty =
                            lazy.settings().compact()
                                    && lazy.logEnd() > Math.max(lazy.logStart(), lazy.cleanedTo());
                    if (!dirty || (!lazy.isOpen() && !opens)) {
                        return false;
                    }
                    opened = !lazy.isOpen();
                    Cleanable found = lazy.open().cleanable(bounds.lastStable(), nowMs);
                    range = found;
                    due = found.isDue(lazy.settings());
                    return true;
                });
    }

    Cleanable range() {
        return Objects.requireNonNull(range, "looked at");
    }

    boolean isDue() {
        return due;
    }

    /// Whether the look has opened a log that rested.
    boolean opened() {
        return opened;
    }

    /// Plans the pass.
    ///
    /// @return null when the partition serves nobody any more, or is not due any more
    @Nullable Compaction begin(CompactionLimits limits, long nowMs) throws IOException {
        var begun = new AtomicReference<@Nullable Compaction>();
        partition
                .house()
                .keep((lazy, bounds) -> {
                    Log known = lazy.open();
                    Cleanable now = known.cleanable(bounds.lastStable(), nowMs);
                    if (now.isDue(lazy.settings())) {
                        log = known;
                        range = now;
                        begun.set(known.compact(now, limits, this));
                    }
                    return true;
                });
        return begun.get();
    }

    @Override
    public boolean inTurn(Action action) throws IOException {
        return partition
                .house()
                .keep((lazy, _) -> lazy.isOpen() && lazy.opened() == log && action.run());
    }
}
