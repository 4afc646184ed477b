package dev.millrace.engine.log;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/// A log as compaction sees it: how far it is clean, and which of its segments a pass may read and put others in the place of. A pass names
/// the generation that it was planned at; a truncation since then ends it.
///
/// **Owner.** The log, in its turn.
final class CompactedLog {
    private final TopicPartition name;
    private final Segments segments;
    private final AbortedTransactions aborted;
    private final Supplier<LogSettings> settings;
    private final Reads reads;
    private final Durability durability;

    /// Below it every key has one record: `docs/compaction.md`.
    private long cleanedTo;

    /// A truncation has lowered it, and the host's checkpoint does not say so yet.
    private boolean cleanedLowered;

    /// @param settings those of the log, at any time
    CompactedLog(
            Opening.Opened opened,
            Supplier<LogSettings> settings,
            Reads reads,
            Durability durability) {
        this.name = opened.name();
        this.segments = opened.segments();
        this.aborted = opened.aborted();
        this.cleanedTo = opened.cleanedTo();
        this.cleanedLowered = opened.cleanedLowered();
        this.settings = settings;
        this.reads = reads;
        this.durability = durability;
    }

    TopicPartition name() {
        return name;
    }

    long cleanedTo() {
        return cleanedTo;
    }

    /// Whether the host's checkpoint may say more than is clean.
    boolean isLowered() {
        return cleanedLowered;
    }

    /// See [Log#cleanedSaved].
    void saved(long offset) {
        cleanedLowered &= offset > cleanedTo;
    }

    /// The log is cut there.
    void cut(long offset) {
        if (offset < cleanedTo) {
            cleanedTo = offset;
            cleanedLowered = true;
        }
    }

    long flushedEnd() {
        return durability.flushedEnd();
    }

    /// Whether all of them are in the log, which was not truncated since.
    boolean holds(List<CompactionSource> sources, int plannedAt) {
        return plannedAt == durability.generation() && present(sources).size() == sources.size();
    }

    /// Those that retention has left.
    List<CompactionSource> present(List<CompactionSource> sources) {
        return sources.stream().filter(each -> segments.holds(each.segment())).toList();
    }

    /// The aborted transactions whose markers are in that segment; none when it is not here any more.
    List<AbortedTransaction> abortedIn(Segment segment) throws IOException {
        return segments.holds(segment)
                ? aborted.in(segments.floor(segment.baseOffset), settings.get())
                : List.of();
    }

    /// A pass has made one segment of these.
    ///
    /// @return false, and nothing is done, when the log has changed meanwhile
    boolean replace(List<Segment> old, int plannedAt) throws IOException {
        durability.usable();
        int at = plannedAt == durability.generation() ? segments.placeOf(old) : -1;
        if (at < 0) {
            return false;
        }
        try {
            segments.replace(at, old.size(), settings.get());
        } catch (IOException failed) {
            durability.poison(failed);
            throw failed;
        }
        durability.spare(old); // all of them are below the flushed end
        aborted.replaced();
        reads.clear();
        return true;
    }

    /// A pass has ended.
    boolean cleaned(long end, int plannedAt) {
        boolean same = plannedAt == durability.generation();
        if (same) {
            cleanedTo = end;
        }
        return same;
    }
}
