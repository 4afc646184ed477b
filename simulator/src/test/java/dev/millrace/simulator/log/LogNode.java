package dev.millrace.simulator.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.FlushPlan;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.log.Verification;
import dev.millrace.engine.log.VerificationGuard;
import dev.millrace.engine.testing.Batches;
import dev.millrace.simulator.disk.SimDisk;
import dev.millrace.simulator.world.SimEnv;
import dev.millrace.simulator.world.SimWorld;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/// A host of one log, as the broker is one: opens it, uses it step by step, keeps its checkpoints; tells the model.
final class LogNode {
    static final TopicPartition NAME = new TopicPartition("t", 0);
    static final String FOLDER = "t-0";

    /// From this id on producers write in transactions.
    private static final long TRANSACTIONAL = 10;

    private static final LogSettings SETTINGS =
            LogSettings.from(Map.of("segment.bytes", "4000", "index.interval.bytes", "200"));

    private final SimDisk disk;
    private final Truth truth;
    private final Random random;
    private final SimWorld world;
    private final SimEnv env;
    private boolean transactions = true;
    private boolean busy;
    private Log log;

    /// Of a leader that is alone in sync: everything that was there when it began, then what is flushed.
    private long highWatermark;

    LogNode(SimDisk disk, Truth truth, Random random) throws IOException {
        this.disk = disk;
        this.truth = truth;
        this.random = random;
        this.world = new SimWorld(random.nextLong());
        this.env = new SimEnv(world, 1_700_000_000_000L);
        this.log = open();
        this.highWatermark = log.logEnd();
    }

    private Log open() throws IOException {
        Storage root = disk.storage();
        boolean clean = LogCheckpoints.takeCleanShutdown(root);
        long start = LogCheckpoints.read(root, LogCheckpoints.LOG_STARTS).getOrDefault(NAME, 0L);
        long point =
                LogCheckpoints.read(root, LogCheckpoints.RECOVERY_POINTS).getOrDefault(NAME, 0L);
        OpenMode mode = clean ? OpenMode.CLEAN : OpenMode.recover(point);
        Storage folder = root.directory(FOLDER);
        root.syncDirectory();
        return Log.open(env, folder, NAME, SETTINGS, mode.withLogStart(start));
    }

    /// Writes as idempotent producers do, and others.
    LogNode withoutTransactions() {
        transactions = false;
        return this;
    }

    /// Others append while the disk syncs, so that the log may roll before the flush is taken note of.
    LogNode busy() {
        busy = true;
        return this;
    }

    Log log() {
        return log;
    }

    /// Does one thing, chosen by chance.
    void step() throws IOException {
        world.advance(1_000_000L * random.nextInt(5));
        int choice = random.nextInt(100);
        if (choice < 55) {
            append();
        } else if (choice < 75) {
            flush();
        } else if (choice < 81) {
            checkpoint();
        } else if (choice < 85) {
            truth.leaderEpoch++;
            log.assignEpoch(truth.leaderEpoch);
        } else if (choice < 89) {
            truncate();
        } else if (choice < 92) {
            raiseLogStart();
        } else if (choice < 95) {
            appendWithoutSpace();
        } else if (choice < 98) {
            retry();
        } else {
            restart();
        }
    }

    /// Of nobody, of an idempotent producer, or of one that writes in transactions only.
    private Written next() {
        boolean transactional = transactions && random.nextInt(3) == 0;
        long producer = transactional ? TRANSACTIONAL + random.nextInt(2) : random.nextInt(4) - 1L;
        Written last = truth.lastByProducer().get(producer);
        boolean newEpoch = random.nextInt(12) == 0 && !truth.open().containsKey(producer);
        short epoch = 0;
        int sequence = 0;
        if (last != null) {
            // Of whom only a marker may be remembered, nobody knows the sequence.
            newEpoch |= last.lastOffset() < log.logStart();
            epoch = (short) (last.producerEpoch() + (newEpoch ? 1 : 0));
            sequence = newEpoch ? 0 : last.lastSequence() + 1;
        }
        byte[] value = new byte[1 + random.nextInt(random.nextInt(4) == 0 ? 900 : 120)];
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) (1 + random.nextInt(255));
        }
        long base = log.logEnd();
        return new Written(
                base,
                base + random.nextInt(3),
                truth.leaderEpoch,
                producer,
                producer < 0 ? -1 : epoch,
                producer < 0 ? -1 : sequence,
                env.clock().wallMs() - random.nextInt(20),
                ByteBuffer.wrap(value),
                transactional,
                null);
    }

    /// The end of a transaction of a producer that has written.
    private Written nextMarker(Written last) {
        truth.coordinatorEpoch += random.nextInt(4) == 0 ? 1 : 0;
        long offset = log.logEnd();
        return new Written(
                offset,
                offset,
                truth.leaderEpoch,
                last.producerId(),
                last.producerEpoch(),
                -1,
                env.clock().wallMs(),
                ByteBuffer.allocate(0),
                true,
                new Written.Marker(random.nextBoolean(), truth.coordinatorEpoch));
    }

    static MemoryRecords records(Written batch) {
        var records = new SimpleRecord[batch.count()];
        for (int i = 0; i < records.length; i++) {
            records[i] = new SimpleRecord(batch.timestampMs(), null, batch.value().array());
        }
        Batches batches =
                Batches.plain()
                        .producer(batch.producerId(), batch.producerEpoch(), batch.baseSequence());
        return batch.transactional() ? batches.transactional().of(records) : batches.of(records);
    }

    void append() throws IOException {
        List<Written> transactional =
                truth.lastByProducer().values().stream().filter(Written::transactional).toList();
        append(
                transactions && !transactional.isEmpty() && random.nextInt(6) == 0
                        ? nextMarker(transactional.get(random.nextInt(transactional.size())))
                        : next());
    }

    private void append(Written batch) throws IOException {
        truth.appending = batch;
        AppendResult result = write(batch);
        expect(
                result.equals(
                        new AppendResult.Appended(batch.baseOffset(), batch.lastOffset(), -1)),
                "P2 append of " + batch + " gave " + result);
        truth.batches.add(batch);
        truth.appending = null;
    }

    private AppendResult write(Written batch) throws IOException {
        Written.Marker marker = batch.marker();
        if (marker != null) {
            return log.append(
                    new TransactionMarker(
                            batch.producerId(),
                            batch.producerEpoch(),
                            marker.coordinatorEpoch(),
                            marker.commit(),
                            1),
                    truth.leaderEpoch);
        }
        return log.append(
                records(batch), truth.leaderEpoch, Origin.TRANSACTIONAL_CLIENT, guard(batch));
    }

    /// T4: a transaction's first batch is taken with a guard only.
    private @Nullable VerificationGuard guard(Written batch) throws IOException {
        if (!batch.transactional()) {
            return null;
        }
        Verification asked =
                log.verification(
                        batch.producerId(), batch.producerEpoch(), batch.baseSequence(), false);
        if (!(asked instanceof Verification.Needed(VerificationGuard guard))) {
            return null;
        }
        AppendResult unverified =
                log.append(records(batch), truth.leaderEpoch, Origin.TRANSACTIONAL_CLIENT);
        expect(
                unverified instanceof AppendResult.Refused,
                "T4 " + batch + " without a guard gave " + unverified);
        return guard;
    }

    private void appendWithoutSpace() throws IOException {
        Written batch = next();
        if (batch.transactional() && batch.baseSequence() == 0) {
            return; // who has begun an epoch does not go back to the one before
        }
        truth.appending = batch;
        disk.limit(random.nextInt(batch.value().remaining() + 60));
        long before = log.logEnd();
        try {
            write(batch);
            throw new Violation("an append without space succeeded");
        } catch (IOException full) {
            expect(log.logEnd() == before, "L5 the end moved in a failed append");
        }
        truth.appending = null;
        disk.limit(Long.MAX_VALUE);
    }

    void flush() throws IOException {
        FlushPlan plan = log.planFlush();
        try {
            plan.run();
        } catch (IOException failed) {
            believeRetriedFlush(failed);
            return;
        }
        checkStable(highWatermark);
        for (int i = busy ? random.nextInt(8) : 0; i > 0; i--) {
            append();
        }
        log.flushed(plan);
        truth.flushed = Math.max(truth.flushed, log.flushedEnd());
        expect(log.flushedEnd() == plan.upTo(), "a flush covers what the log was when it began");
        highWatermark = log.flushedEnd();
        log.highWatermark(highWatermark);
        checkStable(highWatermark);
        new CommittedView(log, truth).checkRead(new Random(highWatermark));
    }

    /// T5: what a reader of committed records may see at that high watermark is decided, below it.
    private void checkStable(long committed) {
        long stable = Math.min(committed, log.firstUnstableOffset());
        expect(
                stable >= Math.min(committed, log.logStart()),
                "T5 the last stable offset " + stable);
        var decided = truth.decided();
        for (Written batch : truth.batches) {
            if (batch.transactional()
                    && batch.marker() == null
                    && batch.lastOffset() < stable
                    && batch.lastOffset() >= log.logStart()) {
                Written marker = decided.get(batch);
                expect(
                        marker != null && marker.lastOffset() < committed,
                        "T5 " + batch + " is below the last stable offset, ended by " + marker);
            }
        }
    }

    /// A host that has not read the contract: it tries again and believes. The log must not let it (L5).
    private void believeRetriedFlush(IOException failed) throws IOException {
        FlushPlan again = log.planFlush();
        again.run();
        log.flushed(again);
        truth.flushed = Math.max(truth.flushed, log.flushedEnd());
        throw new Violation("L5 a flush after a failed one succeeded", failed);
    }

    private void checkpoint() throws IOException {
        LogCheckpoints.write(
                disk.storage(), LogCheckpoints.RECOVERY_POINTS, Map.of(NAME, log.checkpoint()));
    }

    private void truncate() throws IOException {
        if (truth.end() <= truth.logStart) {
            return;
        }
        long span = Math.min(20, truth.end() - truth.logStart);
        long to = truth.end() - random.nextLong(span);
        if (truth.boundary(to) < truth.logStart) {
            return; // it would begin anew at the log start, which this model does not know
        }
        truth.truncating = to;
        log.truncateTo(to);
        truth.truncated(to);
        truth.truncating = -1;
        highWatermark = Math.min(highWatermark, truth.end());
        expect(log.logEnd() == truth.end(), "log end after a truncation to " + to);
        expect(
                log.latestEpoch() <= truth.leaderEpoch
                        && log.endOffsetForEpoch(log.latestEpoch()).endOffset() <= log.logEnd(),
                "epochs after a truncation");
        checkEpochs();
    }

    private void checkEpochs() {
        for (Written batch : truth.batches) {
            if (batch.lastOffset() >= log.logStart()) {
                expect(
                        log.epochAt(batch.lastOffset()) == batch.leaderEpoch(),
                        "L4 epoch of " + batch + " is " + log.epochAt(batch.lastOffset()));
            }
        }
    }

    private void raiseLogStart() throws IOException {
        long to = truth.logStart + random.nextInt(12);
        if (to > truth.flushed) {
            return;
        }
        truth.raising = to;
        log.raiseLogStart(to);
        LogCheckpoints.write(
                disk.storage(), LogCheckpoints.LOG_STARTS, Map.of(NAME, log.logStart()));
        truth.logStart = log.logStart();
        truth.raising = -1;
    }

    private void retry() throws IOException {
        for (Written last : truth.lastByProducer().values()) {
            if (last.lastOffset() >= log.logStart()) {
                checkRetry(last);
            }
        }
        checkOldCoordinator();
    }

    /// T6: a coordinator of an earlier epoch is told that it is none any more.
    void checkOldCoordinator() throws IOException {
        for (Written marker : truth.lastMarkers().values()) {
            int epoch = Objects.requireNonNull(marker.marker()).coordinatorEpoch();
            Written last = truth.lastByProducer().get(marker.producerId());
            if (marker.lastOffset() >= log.logStart() && last != null && epoch > 0) {
                var old =
                        log.append(
                                new TransactionMarker(
                                        marker.producerId(),
                                        last.producerEpoch(),
                                        epoch - 1,
                                        true,
                                        1),
                                truth.leaderEpoch);
                expect(old instanceof AppendResult.Refused, "T6 an old coordinator gave " + old);
            }
        }
    }

    /// P1, P2, P3 for one producer whose last batch this is.
    void checkRetry(Written last) throws IOException {
        var again = log.append(records(last), truth.leaderEpoch, Origin.TRANSACTIONAL_CLIENT);
        expect(
                again instanceof AppendResult.Duplicate(long base, long end, _)
                        && base == last.baseOffset()
                        && end == last.lastOffset(),
                "P1 retry of " + last + " gave " + again);
        var gap =
                log.append(
                        Batches.plain()
                                .producer(
                                        last.producerId(),
                                        last.producerEpoch(),
                                        last.lastSequence() + 3)
                                .of(last.timestampMs(), "gap"),
                        truth.leaderEpoch,
                        Origin.CLIENT);
        expect(gap instanceof AppendResult.Refused, "P2 a gap after " + last + " gave " + gap);
        if (last.producerEpoch() > 0) {
            var old =
                    log.append(
                            Batches.plain()
                                    .producer(last.producerId(), last.producerEpoch() - 1, 0)
                                    .of(last.timestampMs(), "old"),
                            truth.leaderEpoch,
                            Origin.CLIENT);
            expect(old instanceof AppendResult.Refused, "P3 an old epoch gave " + old);
        }
    }

    private void restart() throws IOException {
        log.close();
        LogCheckpoints.write(
                disk.storage(), LogCheckpoints.RECOVERY_POINTS, Map.of(NAME, truth.end()));
        LogCheckpoints.markCleanShutdown(disk.storage());
        truth.flushed = truth.end();
        log = open();
        highWatermark = log.logEnd();
        expect(log.logEnd() == truth.end(), "log end after a clean restart");
        log.assignEpoch(truth.leaderEpoch);
        checkEpochs();
    }

    static void expect(boolean holds, String what) {
        if (!holds) {
            throw new Violation(what);
        }
    }
}
