package dev.millrace.engine.replica;

import static dev.millrace.engine.check.Invariant.unreachable;

import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.AbortedTransaction;
import dev.millrace.engine.log.EpochEnd;
import dev.millrace.engine.log.RangeCheck;
import dev.millrace.engine.log.ReadResult;
import dev.millrace.engine.log.StoredRecords;
import dev.millrace.engine.replica.ReplicaSelector.View;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who reads in one partition, and what: batches as far as a reader may see, and answers to questions of the log.
///
/// A read is planned in the partition's turn. Bytes that nobody has looked at since the start are checked on the reader's own thread, in
/// nobody's turn ([CheckedRead]).
///
/// **Owner.** The partition; methods that are not private take its turn.
final class PartitionReads {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionReads.class);

    private final Turn turn;
    private final HeldLog held;
    private final Standing standing;
    private final HighWatermark highWatermark;
    private final Watchers watchers;

    /// Bytes that consumers have read.
    private long servedBytes;

    PartitionReads(
            Turn turn,
            HeldLog held,
            Standing standing,
            HighWatermark highWatermark,
            Watchers watchers) {
        this.turn = turn;
        this.held = held;
        this.standing = standing;
        this.highWatermark = highWatermark;
        this.watchers = watchers;
    }

    /// Bytes that consumers have read since the start.
    long servedBytes() {
        return turn.take(() -> servedBytes);
    }

    /// See [Partition#read(long, int, int, int, boolean, FetchReader)].
    PartitionRead read(
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            int maxBytes,
            boolean atLeastOneBatch,
            FetchReader reader) {
        try {
            return CheckedRead.read(
                    () ->
                            turn.take(() ->
                                    counted(
                                            reader,
                                            readInTurn(
                                                    offset,
                                                    currentLeaderEpoch,
                                                    lastFetchedEpoch,
                                                    maxBytes,
                                                    atLeastOneBatch,
                                                    reader))),
                    this::noteChecked);
        } catch (IOException e) {
            return failed(offset, e, Errors.KAFKA_STORAGE_ERROR);
        }
    }

    /// Notes what a consumer reads.
    private CheckedRead<PartitionRead> counted(
            FetchReader reader, CheckedRead<PartitionRead> read) {
        PartitionRead found = read.answer();
        if (found != null && reader.follower() == null) {
            servedBytes += found.records().sizeInBytes();
        }
        return read;
    }

    private CheckedRead<PartitionRead> readInTurn(
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            int maxBytes,
            boolean atLeastOneBatch,
            FetchReader reader) {
        Errors fenced = standing.fenceReader(currentLeaderEpoch, reader.anyReplica());
        if (fenced != Errors.NONE) {
            return CheckedRead.answer(PartitionRead.failed(fenced));
        }
        try {
            if (lastFetchedEpoch >= 0) {
                EpochEnd end = standing.open().endOffsetForEpoch(lastFetchedEpoch);
                if (end.epoch() < 0) { // an epoch that this log has not come to
                    return CheckedRead.answer(outOfRange(reader.isolation()));
                }
                boolean departs = end.epoch() < lastFetchedEpoch || end.endOffset() < offset;
                if (departs && offset >= held.log().logStart()) {
                    return CheckedRead.answer(diverging(end));
                }
            }
            return readInTurn(offset, maxBytes, atLeastOneBatch, reader.isolation());
        } catch (IOException e) {
            return CheckedRead.answer(failed(offset, e, held.errorOf(e)));
        }
    }

    private CheckedRead<PartitionRead> readInTurn(
            long offset, int maxBytes, boolean atLeastOneBatch, Isolation isolation)
            throws IOException {
        LazyLog log = held.log();
        long bound = isolation.of(highWatermark.value(), highWatermark.lastStable(), log.logEnd());
        if (!log.isOpen() && bound <= offset && offset <= log.logEnd()) {
            // Who waits for news does not open a log.
            return CheckedRead.answer(found(MemoryRecords.EMPTY, List.of()));
        }
        ReadResult result = standing.open().plan(offset, bound, maxBytes, atLeastOneBatch);
        if (result instanceof ReadResult.Unchecked(RangeCheck check)) {
            return CheckedRead.first(check);
        }
        return CheckedRead.answer(
                switch (result) {
                    case ReadResult.Found(StoredRecords records, long next) ->
                            found(records, aborted(offset, next, isolation));
                    case ReadResult.Empty() -> found(MemoryRecords.EMPTY, List.of());
                    case ReadResult.OutOfRange() -> outOfRange(isolation);
                    case ReadResult.Damaged(_) -> PartitionRead.failed(Errors.CORRUPT_MESSAGE);
                    case ReadResult.Unchecked(_) -> throw unreachable("asked before");
                });
    }

    /// A replica is told where it can go on.
    private PartitionRead outOfRange(Isolation isolation) {
        return isolation == Isolation.LOG_END
                ? PartitionRead.outOfRange(held.log().logStart(), highWatermark.value())
                : PartitionRead.failed(Errors.OFFSET_OUT_OF_RANGE);
    }

    private List<AbortedTransaction> aborted(long from, long to, Isolation isolation)
            throws IOException {
        return isolation == Isolation.READ_COMMITTED
                ? held.log().opened().abortedTransactions(from, to)
                : List.of();
    }

    private PartitionRead found(BaseRecords records, List<AbortedTransaction> aborted) {
        return told(records, -1, -1, -1, aborted);
    }

    private PartitionRead diverging(EpochEnd end) {
        return told(MemoryRecords.EMPTY, end.epoch(), end.endOffset(), -1, List.of());
    }

    private PartitionRead told(
            BaseRecords records,
            int divergingEpoch,
            long divergingEnd,
            int preferredReplica,
            List<AbortedTransaction> aborted) {
        return new PartitionRead(
                Errors.NONE,
                records,
                highWatermark.value(),
                highWatermark.lastStable(),
                held.log().logStart(),
                held.log().logEnd(),
                divergingEpoch,
                divergingEnd,
                standing.role().leaderEpoch(),
                preferredReplica,
                aborted);
    }

    private PartitionRead failed(long offset, IOException e, Errors error) {
        LOG.warn("{}: read at {} failed: {}", held.name(), offset, e.toString());
        return PartitionRead.failed(error);
    }

    private void noteChecked(RangeCheck check) throws IOException {
        IOException failed =
                turn.take(() -> {
                    try {
                        if (!standing.isClosed() && held.log().isOpen()) {
                            held.log().opened().checked(check);
                        }
                        return null;
                    } catch (IOException e) {
                        return e;
                    }
                });
        if (failed != null) {
            throw failed;
        }
    }

    /// See [Partition#preferred].
    @Nullable PartitionRead preferred(long offset, int currentLeaderEpoch, IntPredicate near) {
        return turn.take(() -> {
            Followers others = standing.followers();
            if (others == null || standing.fence(currentLeaderEpoch) != Errors.NONE) {
                return null;
            }
            View view = ReplicaSelector.furthest(others.holding(offset, near));
            return view == null
                    ? null
                    : told(MemoryRecords.EMPTY, -1, -1, view.brokerId(), List.of());
        });
    }

    /// See [Partition#load].
    MemoryRecords load(long offset, int maxBytes) throws IOException {
        if (turn.take(() -> !held.log().isOpen() && offset == held.log().logEnd())) {
            return MemoryRecords.EMPTY;
        }
        Partition.Answer<ReadResult> plan =
                CheckedRead.read(() -> look(offset, maxBytes), this::noteChecked);
        return switch (plan.value()) {
            case ReadResult.Found(StoredRecords records, _) -> records.load();
            case ReadResult.Empty() -> MemoryRecords.EMPTY;
            case ReadResult.OutOfRange() ->
                    throw new IOException(held.name() + " holds no offset " + offset);
            case ReadResult.Damaged(var range) -> throw new IOException(held.name() + ": " + range);
            case ReadResult.Unchecked(_) -> throw unreachable("it was checked");
            case null -> throw new IOException(held.name() + " cannot be read: " + plan.error());
        };
    }

    private CheckedRead<Partition.Answer<ReadResult>> look(long offset, int maxBytes) {
        Partition.Answer<ReadResult> plan =
                ask(
                        ReplicaRole.UNSPECIFIED_EPOCH,
                        (log, _) -> log.plan(offset, log.logEnd(), maxBytes, true));
        return plan.value() instanceof ReadResult.Unchecked(RangeCheck check)
                ? CheckedRead.first(check)
                : CheckedRead.answer(plan);
    }

    /// See [Partition#ask].
    <T> Partition.Answer<T> ask(int currentLeaderEpoch, Partition.Question<T> question) {
        return ask(() -> standing.fence(currentLeaderEpoch), question);
    }

    /// See [Partition#askReplica].
    <T> Partition.Answer<T> askReplica(Partition.Question<T> question) {
        return ask(() -> standing.fenceReader(ReplicaRole.UNSPECIFIED_EPOCH, true), question);
    }

    private <T> Partition.Answer<T> ask(Supplier<Errors> fence, Partition.Question<T> question) {
        return turn.take(() -> {
            Errors fenced = fence.get();
            if (fenced != Errors.NONE) {
                return new Partition.Answer<>(fenced, null);
            }
            try {
                T value = question.of(standing.open(), standing.bounds());
                watchers.tellWhenStartMoved(held.log().logStart());
                return new Partition.Answer<>(Errors.NONE, value);
            } catch (IOException e) {
                LOG.warn("{}: {}", held.name(), e.toString());
                return new Partition.Answer<>(held.errorOf(e), null);
            }
        });
    }

    /// See [Partition#askBounds].
    <T> Partition.Answer<T> askBounds(
            int currentLeaderEpoch, Function<Partition.Bounds, T> question) {
        return turn.take(() -> {
            Errors fenced = standing.fence(currentLeaderEpoch);
            return fenced == Errors.NONE
                    ? new Partition.Answer<>(Errors.NONE, question.apply(standing.bounds()))
                    : new Partition.Answer<>(fenced, null);
        });
    }
}
