package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;

/// When a log goes on in a new segment, and what is written of the one before. Indexes and snapshot come first, so that a crash in
/// between leaves at worst caches that nobody asks for.
///
/// **Owner.** The log, in its turn.
final class Rolls {
    private final Storage directory;
    private final Segments segments;
    private final ProducerStates producers;
    private final Durability durability;

    Rolls(Storage directory, Segments segments, ProducerStates producers, Durability durability) {
        this.directory = directory;
        this.segments = segments;
        this.producers = producers;
        this.durability = durability;
    }

    /// Rolls when the active segment is not to take these batches.
    void whenFull(ByteBuffer b, long logEnd, LogSettings settings, long nowMs) throws IOException {
        Segment active = segments.active();
        long firstOffset = BatchHeader.baseOffset(b, b.position());
        boolean tooFar = firstOffset + b.remaining() - active.baseOffset > Integer.MAX_VALUE;
        if (active.size() == 0) {
            if (tooFar) {
                moveEmptyActive(firstOffset, settings);
            }
            return;
        }
        long timestamp = BatchHeader.maxTimestamp(b, b.position());
        if (tooFar
                || active.size() + b.remaining() > settings.segmentBytes()
                || isOld(active, timestamp >= 0 ? timestamp : nowMs, settings)
                || active.growingIndex(settings.indexIntervalBytes()).entries()
                        >= settings.segmentIndexBytes() / SegmentIndex.TIME_ENTRY) {
            roll(tooFar ? firstOffset : logEnd, settings);
        }
    }

    /// Age counts from the first record's timestamp to the newest's, as in Kafka: a replayed old topic rolls by its own time.
    private static boolean isOld(Segment active, long timestampMs, LogSettings settings)
            throws IOException {
        long born = active.firstTimestamp() >= 0 ? active.firstTimestamp() : active.createdMs;
        return timestampMs - born > settings.segmentMs() - active.jitterMs;
    }

    private void moveEmptyActive(long baseOffset, LogSettings settings) throws IOException {
        segments.remove(segments.count() - 1, settings);
        segments.create(baseOffset, settings);
    }

    /// Seals the active segment and begins a new one.
    void roll(long baseOffset, LogSettings settings) throws IOException {
        Segment sealed = segments.active();
        sealed.seal(settings.indexIntervalBytes());
        ProducerSnapshots.write(directory, baseOffset, producers);
        segments.create(baseOffset, settings);
        durability.sealed(sealed);
        durability.snapshotWritten(baseOffset);
    }

    /// Writes what a roll would, of a log that is closed.
    void writeCaches(long logEnd) throws IOException {
        Segment active = segments.active();
        active.writeIndexIfGrown();
        durability.indexWritten(active);
        ProducerSnapshots.write(directory, logEnd, producers);
        durability.snapshotWritten(logEnd);
    }
}
