package dev.millrace.engine.replica;

import static dev.millrace.engine.check.Invariant.unreachable;

import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.FlushPlan;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.RangeCheck;
import dev.millrace.engine.log.ReadResult;
import dev.millrace.engine.log.StoredRecords;
import dev.millrace.engine.replica.LogDirectories.Exchanged;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// A copy of one partition's log in another directory of this broker, which takes its place once it has all of it (KIP-113).
///
/// What is copied are whole batches, as a follower would get them; so the copy has offsets, epochs, producers and transactions by
/// itself. Where the log is cut meanwhile, the copy begins anew.
///
/// **Owner.** [ReplicaMoves], which takes one step of it at a time, on a worker; [#lag] may be asked by anybody.
final class ReplicaMove {
    private static final int CHUNK = 1 << 20;

    /// How much may be copied while the partition's turn is held: what came since the last step.
    private static final int LAST_CHUNK = 256 << 10;

    private final Partition partition;
    private final LogDirectories directories;
    private final Place future;
    private final Log copy;

    /// Of the partition, when the copy began.
    private int cuts;

    private boolean beginsAnew = true;

    /// What the target's checkpoint says of the log start: a crash after the exchange must not bring deleted records back.
    private long savedStart = -1;

    private volatile boolean cancelled;
    private volatile long end;
    private volatile long size;

    private ReplicaMove(Partition partition, LogDirectories directories, Place future, Log copy) {
        this.partition = partition;
        this.directories = directories;
        this.future = future;
        this.copy = copy;
    }

    /// Makes the folder of the copy.
    static ReplicaMove begin(Partition partition, LogDirectories directories, LogDirectory target)
            throws IOException {
        Place future = directories.future(partition.name(), partition.topicId(), target);
        return new ReplicaMove(
                partition,
                directories,
                future,
                directories.openFuture(future, partition.house().logSettings()));
    }

    Partition partition() {
        return partition;
    }

    LogDirectory target() {
        return future.directory();
    }

    long savedStart() {
        return savedStart;
    }

    void savedStart(long offset) {
        savedStart = offset;
    }

    /// Bytes of the copy.
    long size() {
        return size;
    }

    /// Records by which the copy is behind.
    long lag() {
        return Math.max(0, partition.logEnd() - end);
    }

    /// From now on it does not take the log's place.
    void cancel() {
        cancelled = true;
    }

    boolean cancelled() {
        return cancelled;
    }

    /// Copies a little.
    ///
    /// @param maxBytes a wish, 1 or more: a batch larger than it is copied whole
    /// @return how many bytes; 0 when the copy has all that there is
    int copy(int maxBytes) throws IOException {
        ReadResult found = CheckedRead.read(() -> look(Math.min(maxBytes, CHUNK)), this::checked);
        int copied =
                switch (found) {
                    case ReadResult.Found(StoredRecords records, _) -> append(records.load());
                    case ReadResult.Empty() -> 0;
                    case ReadResult.OutOfRange() -> {
                        beginsAnew = true;
                        yield 1;
                    }
                    case ReadResult.Damaged(var range) ->
                            throw new IOException("it is damaged: " + range);
                    case ReadResult.Unchecked(_) -> throw unreachable("it was checked");
                };
        note();
        return copied;
    }

    private void note() {
        end = copy.logEnd();
        size = copy.size();
    }

    private CheckedRead<ReadResult> look(int maxBytes) throws IOException {
        var found = new AtomicReference<@Nullable ReadResult>();
        partition
                .house()
                .keep((present, _) -> {
                    if (beginsAnew || cuts != partition.house().cuts()) {
                        beginsAnew = false;
                        cuts = partition.house().cuts();
                        copy.truncateFullyAndStartAt(present.logStart());
                    }
                    found.set(present.open().plan(copy.logEnd(), present.logEnd(), maxBytes, true));
                    return true;
                });
        ReadResult result = found.get();
        if (result == null) {
            throw new IOException("the partition serves nobody any more");
        }
        return result instanceof ReadResult.Unchecked(RangeCheck check)
                ? CheckedRead.first(check)
                : CheckedRead.answer(result);
    }

    private void checked(RangeCheck check) throws IOException {
        partition
                .house()
                .keep((present, _) -> {
                    if (present.isOpen()) {
                        present.opened().checked(check);
                    }
                    return true;
                });
    }

    private int append(MemoryRecords records) throws IOException {
        long first = records.batches().iterator().next().baseOffset();
        if (copy.logEnd() == copy.logStart() && first < copy.logEnd()) {
            // The log begins within this batch.
            copy.truncateFullyAndStartAt(first);
        }
        if (copy.appendAsFollower(records) instanceof AppendResult.Refused refused) {
            throw new IOException(refused.message());
        }
        copy.highWatermark(
                copy.logEnd()); // what ends a transaction here has ended it for good there
        return records.validBytes();
    }

    /// Makes durable what was copied, while nobody waits for it.
    void flush() throws IOException {
        FlushPlan plan = copy.planFlush();
        plan.run();
        copy.flushed(plan);
    }

    /// In the partition's turn: copies what has come since, closes the copy, and gives it the log's name and place on the disk.
    ///
    /// @param from where the log lies
    /// @return null when it is not so far
    @Nullable Swapped takePlace(LazyLog present, Place from, int presentCuts) throws IOException {
        if (cancelled
                || beginsAnew
                || presentCuts != cuts
                || present.logStart() != savedStart
                || !copyRest(present)) {
            return null;
        }
        if (copy.logStart() < present.logStart()) {
            copy.raiseLogStart(present.logStart());
        }
        LogRest rest = copy.rest();
        if (rest.firstUnstable() != present.firstUnstableOffset()
                || rest.logStart() != present.logStart()) {
            return null; // not everybody has the end of a transaction
        }
        copy.close();
        Exchanged exchanged = directories.exchange(from, future);
        return new Swapped(
                exchanged, directories.resting(exchanged.place(), rest, present.settings(), 0));
    }

    /// What has taken the place of the log.
    record Swapped(Exchanged on, LazyLog log) {}

    private boolean copyRest(LazyLog present) throws IOException {
        while (copy.logEnd() < present.logEnd()) {
            ReadResult rest =
                    present.open().plan(copy.logEnd(), present.logEnd(), LAST_CHUNK, true);
            if (!(rest instanceof ReadResult.Found(StoredRecords records, long next))
                    || next < present.logEnd()) {
                return false;
            }
            append(records.load());
        }
        return true;
    }

    /// Removes the copy.
    void discard() throws IOException {
        copy.closeDirty();
        directories.discard(future);
    }
}
