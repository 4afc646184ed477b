package dev.millrace.simulator.retention;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.CorruptLogException;
import dev.millrace.engine.log.FlushPlan;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.ReadResult;
import dev.millrace.engine.testing.Batches;
import dev.millrace.simulator.disk.SimCrash;
import dev.millrace.simulator.disk.SimDisk;
import dev.millrace.simulator.world.SimEnv;
import dev.millrace.simulator.world.SimWorld;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// One run: a history, in which the power may go before a chosen operation of the disk; recovery; the rest of the history.
///
/// Checked: retention does what the model does, at once and after its settings have changed; what was let go does not come back, and
/// everything else is there; no file stays.
final class RetentionRun {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final String FOLDER = "t-0";
    private static final long WALL_MS = 1_700_000_000_000L;
    private static final long FILE_DELAY_MS = 5_000;
    private static final String[] POLICIES = {"delete", "delete", "compact,delete", "compact"};
    private static final String[] TIMES = {"-1", "0", "8000", "30000"};
    private static final String[] SIZES = {"-1", "0", "600", "1500"};

    private final RetentionModel model = new RetentionModel();
    private SimDisk disk;
    private SimWorld world;
    private SimEnv env;
    private LogSettings settings = settings(0, 0, 0);
    private Log log;
    private int begun;

    private RetentionRun(SimDisk disk) throws IOException {
        this.disk = disk;
        this.world = new SimWorld(5);
        this.env = new SimEnv(world, WALL_MS);
        this.log = open();
        flush();
    }

    private static LogSettings settings(int policy, int time, int size) {
        return LogSettings.from(
                Map.of(
                        "cleanup.policy",
                        POLICIES[policy % POLICIES.length],
                        "retention.ms",
                        TIMES[time % TIMES.length],
                        "retention.bytes",
                        SIZES[size % SIZES.length],
                        "internal.segment.bytes",
                        "400",
                        "index.interval.bytes",
                        "150",
                        "file.delete.delay.ms",
                        Long.toString(FILE_DELAY_MS)));
    }

    /// @return how many operations the history makes when nothing happens to it
    static int undisturbed(List<Step> steps) throws IOException {
        var run = new RetentionRun(new SimDisk());
        run.work(steps);
        run.check();
        return run.disk.operations().size();
    }

    /// @param at the operation before which the power goes
    /// @param image chooses what the disk keeps
    static void crash(List<Step> steps, int at, long image) throws IOException {
        var disk = new SimDisk();
        disk.crashAt(at);
        RetentionRun run;
        try {
            run = new RetentionRun(disk);
        } catch (SimCrash power) {
            return; // nothing was promised yet
        }
        try {
            run.work(steps);
        } catch (SimCrash power) {
            // as it was meant
        }
        run.disk = disk.afterCrash(new Random(image));
        try {
            run.start(WALL_MS + 1_000_000, image);
        } catch (CorruptLogException reported) {
            // A tear within a sector can look like damage; of what was flushed it cannot be.
            expect(run.unflushedAt(reported), "" + reported);
            return;
        }
        run.recovered();
        run.work(steps.subList(Math.min(run.begun, steps.size()), steps.size()));
        run.check();
    }

    private boolean unflushedAt(CorruptLogException reported) {
        byte[] bytes = disk.bytes(FOLDER + "/" + reported.file());
        var whole = ByteBuffer.wrap(bytes, 0, (int) reported.position());
        long offset = base(reported.file());
        for (var batch : MemoryRecords.readableRecords(whole).batches()) {
            offset = batch.lastOffset() + 1;
        }
        return offset >= model.flushed;
    }

    private void start(long wallMs, long seed) throws IOException {
        world = new SimWorld(seed);
        env = new SimEnv(world, wallMs);
        log = open();
        flush();
    }

    private Log open() throws IOException {
        Storage root = disk.storage();
        boolean clean = LogCheckpoints.takeCleanShutdown(root);
        OpenMode mode =
                clean
                        ? OpenMode.CLEAN
                        : OpenMode.recover(checkpointed(LogCheckpoints.RECOVERY_POINTS));
        Storage folder = root.directory(FOLDER);
        root.syncDirectory();
        return Log.open(
                env,
                folder,
                NAME,
                settings,
                mode.withLogStart(checkpointed(LogCheckpoints.LOG_STARTS)));
    }

    private long checkpointed(String checkpoint) throws IOException {
        return LogCheckpoints.read(disk.storage(), checkpoint).getOrDefault(NAME, 0L);
    }

    private void work(List<Step> steps) throws IOException {
        log.assignEpoch(0);
        for (Step step : steps) {
            begun++;
            switch (step.what()) {
                case "put" -> put(step);
                case "flush" -> flush();
                case "time" -> world.advance((1 + step.a()) * 1_000_000L);
                case "retain" -> retain(step);
                case "delete records" -> deleteRecords(step);
                case "settings" -> {
                    settings = settings(step.a(), step.b(), step.a() / 7 + step.b() / 5);
                    log.settings(settings);
                }
                case "checkpoint" -> checkpoint();
                case "restart" -> restart();
                default -> throw new IllegalArgumentException(step.what());
            }
        }
    }

    private void put(Step step) throws IOException {
        var records = new SimpleRecord[1 + step.b() % 3];
        long base = log.logEnd();
        for (int i = 0; i < records.length; i++) {
            long timestamp = env.clock().wallMs() - step.a() % 20_000;
            byte[] value = Batches.bytes("v".repeat(step.b() % 60));
            records[i] = new SimpleRecord(timestamp, Batches.bytes("k" + (base + i)), value);
            model.written.put(base + i, timestamp);
        }
        AppendResult result = log.append(Batches.plain().of(records), 0, Origin.CLIENT);
        expect(result instanceof AppendResult.Appended, "append gave " + result);
    }

    private void flush() throws IOException {
        FlushPlan plan = log.planFlush();
        plan.run();
        log.flushed(plan);
        model.flushed = log.flushedEnd();
    }

    private void retain(Step step) throws IOException {
        long highWatermark = step.b() % 4 == 0 ? log.logStart() : log.flushedEnd();
        long nowMs = env.clock().wallMs();
        long wanted =
                RetentionModel.start(
                        segments(), settings, nowMs, highWatermark, log.logEnd(), log.logStart());
        model.raising = wanted;
        log.applyRetention(nowMs, highWatermark);
        model.logStart = log.logStart();
        expect(
                log.logStart() == wanted,
                "retention by %s left %d, not %d".formatted(settings, log.logStart(), wanted));
    }

    /// As they lie on the disk.
    private List<RetentionModel.Segment> segments() throws IOException {
        Storage folder = disk.storage().directory(FOLDER);
        List<String> files = folder.files().stream().filter(f -> f.endsWith(".log")).toList();
        List<RetentionModel.Segment> all = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            long base = base(files.get(i));
            long end = i + 1 < files.size() ? base(files.get(i + 1)) : log.logEnd();
            long newest =
                    model.written.subMap(base, end).values().stream()
                            .max(Long::compare)
                            .orElse(-1L);
            all.add(new RetentionModel.Segment(base, folder.size(files.get(i)), newest));
        }
        return all;
    }

    private static long base(String file) {
        return Long.parseLong(file.substring(0, 20));
    }

    private void deleteRecords(Step step) throws IOException {
        long to = Math.min(log.logStart() + step.a() % 8, log.flushedEnd());
        if (to <= log.logStart()) {
            return;
        }
        model.raising = to;
        log.raiseLogStart(to);
        expect(log.logStart() == to, "log start " + log.logStart() + " after a deletion to " + to);
        LogCheckpoints.write(disk.storage(), LogCheckpoints.LOG_STARTS, Map.of(NAME, to));
        model.logStart = to;
    }

    private void checkpoint() throws IOException {
        long point = log.checkpoint();
        LogCheckpoints.write(disk.storage(), LogCheckpoints.RECOVERY_POINTS, Map.of(NAME, point));
    }

    private void restart() throws IOException {
        long end = log.logEnd();
        long start = log.logStart();
        log.close();
        model.flushed = end;
        Storage root = disk.storage();
        LogCheckpoints.write(root, LogCheckpoints.RECOVERY_POINTS, Map.of(NAME, end));
        LogCheckpoints.write(root, LogCheckpoints.LOG_STARTS, Map.of(NAME, start));
        LogCheckpoints.markCleanShutdown(root);
        log = open();
        expect(log.logEnd() == end && log.logStart() == start, "other bounds after a restart");
        log.assignEpoch(0);
    }

    private void recovered() throws IOException {
        long most = Math.max(model.logStart, model.raising);
        expect(
                model.logStart <= log.logStart() && log.logStart() <= most,
                "log start %d, not %d to %d".formatted(log.logStart(), model.logStart, most));
        expect(
                log.logEnd() >= Math.max(model.flushed, model.logStart),
                "L1 ends at %d, flushed up to %d".formatted(log.logEnd(), model.flushed));
        model.logStart = log.logStart();
        model.raising = log.logStart();
        model.written.tailMap(log.logEnd(), true).clear();
        model.flushed = log.flushedEnd();
        expect(files("deleted") == 0, "files out of use were not swept");
        check();
    }

    /// Exactly what was not let go is there, and after a while nothing else.
    private void check() throws IOException {
        var found = new TreeSet<Long>();
        long next = log.logStart();
        while (log.read(next, log.logEnd(), 500, true)
                instanceof ReadResult.Found(var records, long end)) {
            for (Record record : records.load().records()) {
                if (record.offset() >= log.logStart()) {
                    found.add(record.offset());
                }
            }
            next = end;
        }
        expect(
                found.equals(model.written.tailMap(log.logStart(), true).keySet()),
                "%s are there, not %s"
                        .formatted(found, model.written.tailMap(log.logStart(), true).keySet()));
        world.advance(2 * FILE_DELAY_MS * 1_000_000);
        expect(files("deleted") == 0, "a deleted segment stays on the disk");
    }

    private long files(String suffix) throws IOException {
        return disk.storage().directory(FOLDER).files().stream()
                .filter(file -> file.endsWith(suffix))
                .count();
    }

    private static void expect(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }
}
