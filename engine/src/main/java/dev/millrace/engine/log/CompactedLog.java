package dev.millrace.engine.log;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/// A log as compaction sees it: how far it is clean, and which of its segments a pass may read and put others in the place of. A pass names
/// the generation that it was planned at; a truncation since then ends it.
///
/// **Owner.** The log, in its turn.
final class CompactedLog {
    private final Env env;
    private final Storage directory;
    private final TopicPartition name;
    private final Segments segments;
    private final ProducerStates producers;
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
        this.env = opened.env();
        this.directory = opened.directory();
        this.name = opened.name();
        this.producers = opened.producers();
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

    /// Plans a pass; see [Log#compact].
    Compaction pass(
            Cleanable range,
            CompactionLimits limits,
            long logStart,
            long logEnd,
            Compaction.Owner owner)
            throws IOException {
        List<CompactionSource> all = new ArrayList<>();
        for (int i = 0; i < segments.count(); i++) {
            all.add(CompactionSource.of(segments.get(i), segments.endOffset(i, logEnd)));
        }
        List<CompactionSource> sources =
                all.stream().filter(each -> each.endOffset() <= range.end()).toList();
        LogSettings now = settings.get();
        Uuid secret0 = env.entropy().uuid();
        Uuid secret1 = env.entropy().uuid();
        var plan =
                new Compaction.Plan(
                        this,
                        directory,
                        now,
                        limits.forBatchesOf(now.maxMessageBytes()),
                        range,
                        sources,
                        all,
                        new LastOfProducer(producers.all()),
                        logStart,
                        logEnd,
                        durability.generation(),
                        env.clock().wallMs(),
                        secret0.getMostSignificantBits() ^ secret1.getLeastSignificantBits(),
                        secret1.getMostSignificantBits() ^ secret0.getLeastSignificantBits());
        return new Compaction(plan, owner);
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
