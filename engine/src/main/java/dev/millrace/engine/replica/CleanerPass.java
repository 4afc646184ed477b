package dev.millrace.engine.replica;

import dev.millrace.engine.log.Cleanable;
import dev.millrace.engine.log.Compaction;
import dev.millrace.engine.log.CompactionResult;
import java.io.IOException;
import org.apache.kafka.common.TopicPartition;

/// A pass that is under way, and what of it others may see.
///
/// **Owner.** Whoever steps it; what others see is published after each step.
final class CleanerPass {
    /// How long a flush that somebody else has begun is waited for.
    private static final long FLUSH_WAIT_MS = 20;

    private final CompactedPartition partition;
    private final Compaction compaction;
    private final long beganNs;
    private volatile double progress;
    private long read;
    private long written;

    CleanerPass(CompactedPartition partition, Compaction compaction, long beganNs) {
        this.partition = partition;
        this.compaction = compaction;
        this.beganNs = beganNs;
    }

    TopicPartition name() {
        return partition.partition().name();
    }

    Partition partition() {
        return partition.partition();
    }

    /// What a step has done.
    ///
    /// @param waitMs until the next one makes sense
    record Stepped(long read, long written, long waitMs) {}

    Stepped step() throws IOException {
        boolean waits = compaction.awaitsFlush() && !partition.partition().house().flushNow();
        compaction.step();
        CompactionResult now = result();
        var stepped =
                new Stepped(
                        now.bytesMapped() + now.bytesIn() - read,
                        now.bytesWritten() - written,
                        waits ? FLUSH_WAIT_MS : 0);
        read += stepped.read;
        written += stepped.written;
        Cleanable range = partition.range();
        progress = Math.min(1, (double) read / (range.cleanBytes() + 2 * range.dirtyBytes()));
        return stepped;
    }

    boolean isOver() {
        return compaction.isOver();
    }

    CompactionResult result() {
        return compaction.result();
    }

    void abandon() throws IOException {
        compaction.abandon();
    }

    /// 0 to 1; any thread.
    double progress() {
        return progress;
    }

    long beganNs() {
        return beganNs;
    }
}
