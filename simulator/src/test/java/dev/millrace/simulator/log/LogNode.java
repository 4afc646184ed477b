package dev.millrace.simulator.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.FlushPlan;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.testing.Batches;
import dev.millrace.simulator.disk.SimDisk;
import dev.millrace.simulator.world.SimEnv;
import dev.millrace.simulator.world.SimWorld;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// A host of one log, as the broker is one: opens it, uses it step by step, keeps its checkpoints; tells the model.
final class LogNode {
    static final TopicPartition NAME = new TopicPartition("t", 0);
    static final String FOLDER = "t-0";
    private static final LogSettings SETTINGS =
            LogSettings.from(Map.of("segment.bytes", "4000", "index.interval.bytes", "200"));

    private final SimDisk disk;
    private final Truth truth;
    private final Random random;
    private final SimWorld world;
    private final SimEnv env;
    private Log log;

    LogNode(SimDisk disk, Truth truth, Random random) throws IOException {
        this.disk = disk;
        this.truth = truth;
        this.random = random;
        this.world = new SimWorld(random.nextLong());
        this.env = new SimEnv(world, 1_700_000_000_000L);
        this.log = open();
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

    private Written next() {
        long producer = random.nextInt(4) - 1L;
        Written last = truth.lastByProducer().get(producer);
        boolean newEpoch = random.nextInt(12) == 0;
        short epoch = 0;
        int sequence = 0;
        if (last != null) {
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
                ByteBuffer.wrap(value));
    }

    static MemoryRecords records(Written batch) {
        var records = new SimpleRecord[batch.count()];
        for (int i = 0; i < records.length; i++) {
            records[i] = new SimpleRecord(batch.timestampMs(), null, batch.value().array());
        }
        return Batches.plain()
                .producer(batch.producerId(), batch.producerEpoch(), batch.baseSequence())
                .of(records);
    }

    void append() throws IOException {
        Written batch = next();
        truth.appending = batch;
        AppendResult result = log.append(records(batch), truth.leaderEpoch, Origin.CLIENT);
        expect(
                result.equals(
                        new AppendResult.Appended(batch.baseOffset(), batch.lastOffset(), -1)),
                "P2 append of " + batch + " gave " + result);
        truth.batches.add(batch);
        truth.appending = null;
    }

    private void appendWithoutSpace() throws IOException {
        Written batch = next();
        truth.appending = batch;
        disk.limit(random.nextInt(batch.value().remaining() + 60));
        long before = log.logEnd();
        try {
            log.append(records(batch), truth.leaderEpoch, Origin.CLIENT);
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
        log.flushed(plan);
        truth.flushed = Math.max(truth.flushed, log.flushedEnd());
        expect(log.flushedEnd() == log.logEnd(), "a flush covers the whole log");
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
    }

    /// P1, P2, P3 for one producer whose last batch this is.
    void checkRetry(Written last) throws IOException {
        var again = log.append(records(last), truth.leaderEpoch, Origin.CLIENT);
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
