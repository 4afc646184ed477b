package dev.millrace.simulator.compaction;

import static dev.millrace.simulator.compaction.Violation.expect;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.Cleanable;
import dev.millrace.engine.log.Compaction;
import dev.millrace.engine.log.CompactionLimits;
import dev.millrace.engine.log.CompactionResult;
import dev.millrace.engine.log.FlushPlan;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.ProducerState;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.testing.Batches;
import dev.millrace.simulator.disk.SimDisk;
import dev.millrace.simulator.world.SimEnv;
import dev.millrace.simulator.world.SimWorld;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/// A host of one compacted log: does to it what a step says, and tells the model.
final class CompactionNode {
    static final TopicPartition NAME = new TopicPartition("t", 0);
    static final String FOLDER = "t-0";
    private static final int SEGMENT_BYTES = 700;
    private static final int PRODUCERS = 3;

    /// Enough for a wide map; for a narrow one of few keys; for one of hardly more than a batch.
    private static final int[] MAP_BYTES = {1 << 16, 120, 48};

    private final SimDisk disk;
    private final CompactionTruth truth;
    private final SimWorld world;
    private final SimEnv env;
    private Log log;
    private @Nullable Compaction pass;
    private long passPlanMs;
    private long passPlanEnd;

    CompactionNode(SimDisk disk, CompactionTruth truth, long wallMs, long seed) throws IOException {
        this.disk = disk;
        this.truth = truth;
        this.world = new SimWorld(seed);
        this.env = new SimEnv(world, wallMs);
        this.log = open();
        flush(); // the first segment's name is durable before there is a second one
    }

    private static LogSettings settings(int segmentBytes) {
        return LogSettings.from(
                Map.of(
                        "cleanup.policy", "compact",
                        "transaction.partition.verification.enable", "false",
                        "internal.segment.bytes", Integer.toString(segmentBytes),
                        "index.interval.bytes", "150",
                        "delete.retention.ms", Long.toString(CompactionTruth.RETENTION_MS),
                        "file.delete.delay.ms", "5000"));
    }

    private Log open() throws IOException {
        Storage root = disk.storage();
        boolean clean = LogCheckpoints.takeCleanShutdown(root);
        OpenMode mode =
                clean
                        ? OpenMode.CLEAN
                        : OpenMode.recover(checkpointed(root, LogCheckpoints.RECOVERY_POINTS));
        Storage folder = root.directory(FOLDER);
        root.syncDirectory();
        return Log.open(
                env,
                folder,
                NAME,
                settings(SEGMENT_BYTES),
                mode.withLogStart(checkpointed(root, LogCheckpoints.LOG_STARTS))
                        .withCleanedTo(checkpointed(root, LogCheckpoints.CLEANED)));
    }

    private static long checkpointed(Storage root, String checkpoint) throws IOException {
        return LogCheckpoints.read(root, checkpoint).getOrDefault(NAME, 0L);
    }

    Log log() {
        return log;
    }

    long wallMs() {
        return env.clock().wallMs();
    }

    void step(Step step) throws IOException {
        switch (step.what()) {
            case "put" -> put(step, -1);
            case "idempotent" -> put(step, 1 + step.a() % 2);
            case "transactional" -> put(step, 100 + step.a() % PRODUCERS);
            case "end" -> end(step);
            case "flush" -> flush();
            case "checkpoint" -> checkpoint();
            case "epoch" -> {
                truth.leaderEpoch++;
                log.assignEpoch(truth.leaderEpoch);
            }
            case "time" -> world.advance((1 + step.a() % 10_000 * 4) * 1_000_000L);
            case "segments" -> log.settings(settings(300 + step.a() % 900));
            case "truncate" -> truncate(step);
            case "raise" -> raise(step);
            case "pass" -> pass(step);
            case "compact" -> compact(step);
            case "restart" -> restart();
            default -> throw new IllegalArgumentException(step.what());
        }
    }

    private void put(Step step, long producer) throws IOException {
        int count = 1 + step.b() % 3;
        CompressionType codec =
                switch (step.b() % 7) {
                    case 5 -> CompressionType.LZ4;
                    case 6 -> CompressionType.GZIP;
                    default -> CompressionType.NONE;
                };
        Entry last = producer < 0 ? null : truth.lastByProducer().get(producer);
        short epoch = last == null ? 0 : last.producerEpoch();
        int sequence = last == null || last.marker() ? 0 : last.lastSequence() + 1;
        for (ProducerState each : log.producers()) {
            if (each.producerId() == producer) { // after a truncation it may know less
                epoch = each.epoch();
                sequence = each.lastSequence() + 1;
            }
        }
        long base = log.logEnd();
        boolean transactional = producer >= 100;
        List<Entry> batch = new ArrayList<>();
        var records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            long seed = step.a() * 31L + i * 7L;
            String key = "key-" + (seed / 3) % 5;
            String value = seed % 4 == 0 ? null : "v".repeat((int) (seed % 60)) + (base + i);
            long timestamp = wallMs() - seed % 20;
            records[i] =
                    new SimpleRecord(
                            timestamp,
                            Batches.bytes(key),
                            value == null ? null : Batches.bytes(value));
            batch.add(
                    new Entry(
                            base + i,
                            key,
                            value,
                            timestamp,
                            truth.leaderEpoch,
                            producer,
                            producer < 0 ? -1 : epoch,
                            producer < 0 ? -1 : sequence,
                            transactional,
                            false,
                            codec,
                            base,
                            base + count - 1));
        }
        Batches how = Batches.plain();
        if (producer >= 0) {
            how.producer(producer, epoch, sequence);
        }
        if (transactional) {
            how.transactional();
        }
        how.compressed(Compression.of(codec).build());
        MemoryRecords bytes = how.of(records);
        append(batch, () -> log.append(bytes, truth.leaderEpoch, Origin.TRANSACTIONAL_CLIENT));
    }

    private interface Append {
        AppendResult result() throws IOException;
    }

    private void append(List<Entry> batch, Append append) throws IOException {
        truth.appending = batch;
        AppendResult result = append.result();
        expect(result instanceof AppendResult.Appended, "append gave " + result);
        truth.entries.addAll(batch);
        truth.appending = List.of();
    }

    /// Ends the open transaction of one producer. The odd ones begin a new epoch with the marker (KIP-890).
    private void end(Step step) throws IOException {
        long producer = 100L + step.a() % PRODUCERS;
        Entry last = null;
        for (Entry each : truth.entries) {
            last = each.producerId() == producer ? each : last;
        }
        if (last == null || last.marker()) {
            return;
        }
        boolean commit = step.b() % 3 > 0;
        short epoch = (short) (last.producerEpoch() + (producer % 2));
        long offset = log.logEnd();
        long timestamp = wallMs();
        var marker = new TransactionMarker(producer, epoch, 7, commit, producer % 2 == 1 ? 2 : 1);
        append(
                List.of(
                        new Entry(
                                offset,
                                null,
                                commit ? "commit" : "abort",
                                timestamp,
                                truth.leaderEpoch,
                                producer,
                                epoch,
                                -1,
                                true,
                                true,
                                CompressionType.NONE,
                                offset,
                                offset)),
                () -> log.append(marker, truth.leaderEpoch));
    }

    private void flush() throws IOException {
        FlushPlan plan = log.planFlush();
        plan.run();
        log.flushed(plan);
        truth.flushed = Math.max(truth.flushed, log.flushedEnd());
    }

    private void checkpoint() throws IOException {
        long point = log.checkpoint();
        LogCheckpoints.write(disk.storage(), LogCheckpoints.RECOVERY_POINTS, Map.of(NAME, point));
        saveCleaned();
    }

    private void saveCleaned() throws IOException {
        long cleaned = log.cleanedTo();
        LogCheckpoints.write(disk.storage(), LogCheckpoints.CLEANED, Map.of(NAME, cleaned));
        log.cleanedSaved(cleaned);
    }

    /// Most of the time not below what is flushed; an unclean leader's log may make it so.
    private void truncate(Step step) throws IOException {
        long least = step.b() % 4 == 0 ? truth.logStart : Math.max(truth.logStart, truth.flushed);
        long end = log.logEnd();
        if (end <= least) {
            return;
        }
        long to = end - step.a() % Math.min(25, end - least);
        if (truth.boundary(to) < truth.logStart) {
            return;
        }
        truth.truncating = to;
        log.truncateTo(to);
        // In front of a hole the end is that of the last batch that is left.
        expect(log.logEnd() <= Math.max(to, truth.logStart), "log end " + log.logEnd());
        truth.truncated(log.logEnd());
        truth.truncating = -1;
    }

    private void raise(Step step) throws IOException {
        long to = Math.min(truth.logStart + step.a() % 6, truth.flushed);
        if (to <= truth.logStart) {
            return;
        }
        truth.raising = to;
        log.raiseLogStart(to);
        LogCheckpoints.write(
                disk.storage(), LogCheckpoints.LOG_STARTS, Map.of(NAME, log.logStart()));
        truth.logStart = log.logStart();
        truth.raising = -1;
    }

    /// Goes on with the pass that is under way, or begins one.
    private void pass(Step step) throws IOException {
        Compaction known = pass == null ? plan(step) : pass;
        pass = known;
        if (known == null) {
            return;
        }
        if (step.b() % 3 > 0 && known.awaitsFlush()) {
            flush(); // otherwise the pass waits
        }
        known.step();
        truth.covered(known.result().end(), passPlanMs, passPlanEnd);
        if (known.isOver()) {
            pass = null;
            if (known.result().outcome() == CompactionResult.Outcome.DONE) {
                saveCleaned();
            }
        }
    }

    private void compact(Step step) throws IOException {
        do {
            pass(new Step(step.what(), step.a(), step.b() / 3 * 3 + 1));
        } while (pass != null);
    }

    private @Nullable Compaction plan(Step step) throws IOException {
        long stable = Math.min(log.logEnd(), log.firstUnstableOffset());
        Cleanable range = log.cleanable(stable, wallMs());
        if (range.dirtyBytes() == 0) {
            return null;
        }
        passPlanMs = wallMs();
        passPlanEnd = log.logEnd();
        var limits =
                new CompactionLimits(MAP_BYTES[step.b() % MAP_BYTES.length], 0.9, 4096, 1 << 20);
        Log planned = log;
        return planned.compact(range, limits, action -> planned == log && action.run());
    }

    private void restart() throws IOException {
        long end = log.logEnd();
        log.close();
        pass = null;
        Storage root = disk.storage();
        LogCheckpoints.write(root, LogCheckpoints.RECOVERY_POINTS, Map.of(NAME, end));
        saveCleaned();
        LogCheckpoints.markCleanShutdown(root);
        truth.flushed = end;
        log = open();
        expect(log.logEnd() == end, "log end after a clean restart");
        log.assignEpoch(truth.leaderEpoch);
    }
}
