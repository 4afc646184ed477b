package dev.millrace.simulator.log;

import dev.millrace.engine.log.CorruptLogException;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.ReadResult;
import dev.millrace.engine.log.TimestampOffset;
import dev.millrace.simulator.disk.SimCrash;
import dev.millrace.simulator.disk.SimDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;

/// One run from one seed: a workload, a power loss before a chosen disk operation, recovery, the checks; then the same once more on
/// what was recovered.
///
/// Checked (numbers of the invariants in `docs/log.md`): L1 what was flushed is there, and what is there is a prefix of what was
/// written; nothing invalid is served; L3 damage in the middle is reported; L4 indexes, epochs and producers are what the batches say;
/// L5 failed syncs and full disks; L7 names; P1 to P3; T4 to T7 of transactions, whose index is one of the caches.
final class CrashRun {
    private static final int STEPS = 60;
    private static final int STEPS_AGAIN = 15;

    /// One seed of so many appends while a flush is under way.
    private static final int BUSY = 4;

    private final long seed;
    private final Random random;
    private final Truth truth = new Truth();

    CrashRun(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    private LogNode node(SimDisk disk) throws IOException {
        var node = new LogNode(disk, truth, random);
        return seed % BUSY == BUSY - 1 ? node.busy() : node;
    }

    /// How many operations the workload of the seed makes when nothing happens to it.
    static int operations(long seed) throws IOException {
        var run = new CrashRun(seed);
        var disk = new SimDisk();
        LogNode node = run.node(disk);
        for (int i = 0; i < STEPS; i++) {
            node.step();
        }
        return disk.operations().size();
    }

    /// @param crashAt the operation before which the power goes
    /// @param image chooses what the disk keeps
    /// @throws Violation when something is wrong
    static void crash(long seed, int crashAt, long image) {
        var run = new CrashRun(seed);
        var disk = new SimDisk();
        disk.crashAt(crashAt);
        run.rounds(disk, new Random(image));
    }

    /// The process is killed, which leaves what it has written in the page cache; the next one works on that until the power goes.
    static void killThenCrash(long seed, int killAt, int crashAt, long image) {
        var run = new CrashRun(seed);
        var disk = new SimDisk();
        disk.crashAt(killAt);
        try {
            run.work(disk, STEPS);
            if (run.truth.truncating >= 0) {
                return; // until the next flush either end is right, and the model knows one
            }
            var random = new Random(image);
            SimDisk second = disk.afterKill();
            run.verify(second, random);
            second.crashAt(second.operations().size() + crashAt);
            run.work(second, STEPS_AGAIN);
            run.verify(second.afterCrash(random), random);
        } catch (IOException e) {
            throw new Violation("seed " + seed + ": " + e, e);
        }
    }

    /// The sync of that number fails; the power goes later.
    static void failedSync(long seed, int sync) {
        var run = new CrashRun(seed);
        var disk = new SimDisk();
        disk.failSyncAt(sync);
        run.rounds(disk, new Random(seed));
    }

    /// Everything is flushed, then one bit of it flips: the log says so (L3), or is whole all the same.
    static void bitFlip(long seed) throws IOException {
        var run = new CrashRun(seed);
        var disk = new SimDisk();
        var node = new LogNode(disk, run.truth, run.random).withoutTransactions();
        for (int i = 0; i < STEPS; i++) {
            node.append();
        }
        node.flush();
        List<Written> batches = List.copyOf(run.truth.batches);
        SimDisk after = disk.afterCrash(run.random);
        long last = batches.getLast().baseOffset();
        List<String> logs =
                after.storage().directory(LogNode.FOLDER).files().stream()
                        .filter(f -> f.endsWith(".log"))
                        .toList();
        String file = LogNode.FOLDER + "/" + logs.get(run.random.nextInt(logs.size()));
        int spare = logs.getLast().equals(file.substring(4)) ? lastBatchBytes(after, file) : 0;
        int bytes = after.bytes(file).length - spare;
        if (bytes == 0) {
            return;
        }
        int position = run.random.nextInt(bytes);
        int bit = run.random.nextInt(8);
        after.flip(file, position, bit);
        try {
            run.truth.flushed = last; // the last batch may look torn
            run.verify(after, run.random);
        } catch (CorruptLogException reported) {
            LogNode.expect(
                    String.valueOf(reported.getMessage()).contains(".log is corrupt at byte"),
                    "the report names the place");
        } catch (Violation wrong) {
            throw new Violation("bit %d of byte %d of %s".formatted(bit, position, file), wrong);
        }
    }

    /// Closed cleanly, then one bit of a segment flips: whoever reads gets what was written, or hears that it is lost (L2).
    static void flipAfterCleanStop(long seed) throws IOException {
        var run = new CrashRun(seed);
        var disk = new SimDisk();
        var node = new LogNode(disk, run.truth, run.random).withoutTransactions();
        for (int i = 0; i < STEPS; i++) {
            node.append();
        }
        long flushed = node.log().logEnd();
        node.log().close();
        LogCheckpoints.markCleanShutdown(disk.storage());
        List<String> logs =
                disk.storage().directory(LogNode.FOLDER).files().stream()
                        .filter(f -> f.endsWith(".log"))
                        .toList();
        String file = LogNode.FOLDER + "/" + logs.get(run.random.nextInt(logs.size()));
        int bytes = disk.bytes(file).length;
        if (bytes == 0) {
            return;
        }
        int position = run.random.nextInt(bytes);
        // Every third flip hits what lies outside of the checksum.
        if (run.random.nextInt(3) == 0) {
            int outside = run.random.nextInt(12);
            position = startOf(disk, file, position) + (outside < 8 ? outside : outside + 4);
        }
        disk.flip(file, position, run.random.nextInt(8));
        Log log = new LogNode(disk, run.truth, run.random).log();
        LogNode.expect(log.logEnd() == flushed, "L2 ends at " + log.logEnd());
        int lost = 0;
        for (Written batch : run.truth.batches) {
            ReadResult result = log.read(batch.baseOffset(), flushed, 1, true);
            if (result instanceof ReadResult.Damaged) {
                lost++;
                continue;
            }
            if (!(result instanceof ReadResult.Found found)) {
                throw new Violation("L2 reading " + batch + " gave " + result);
            }
            for (MutableRecordBatch read : found.records().load().batches()) {
                @Nullable String difference = batch.difference(read);
                LogNode.expect(difference == null, "L2 " + difference);
            }
        }
        LogNode.expect(lost == 1 && log.lost().size() == 1, "L2 lost are " + log.lost());
        log.closeDirty();
    }

    private static int startOf(SimDisk disk, String file, int position) {
        int start = 0;
        var bytes = java.nio.ByteBuffer.wrap(disk.bytes(file));
        for (var batch : MemoryRecords.readableRecords(bytes).batches()) {
            if (start + batch.sizeInBytes() > position) {
                break;
            }
            start += batch.sizeInBytes();
        }
        return start;
    }

    private static int lastBatchBytes(SimDisk disk, String file) {
        int size = 0;
        var bytes = java.nio.ByteBuffer.wrap(disk.bytes(file));
        for (var batch : MemoryRecords.readableRecords(bytes).batches()) {
            size = batch.sizeInBytes();
        }
        return size;
    }

    private void rounds(SimDisk disk, Random image) {
        try {
            work(disk, STEPS);
            SimDisk second = disk.afterCrash(image);
            damageCaches(second, image);
            verify(second, image);
            work(second, STEPS_AGAIN);
            SimDisk third = second.afterCrash(image);
            verify(third, image);
        } catch (IOException e) {
            throw new Violation("seed " + seed + ": " + e, e);
        }
    }

    /// Works until the steps are done, the power goes or the disk fails for good.
    private void work(SimDisk disk, int steps) throws IOException {
        try {
            LogNode node = node(disk);
            node.log().assignEpoch(truth.leaderEpoch);
            for (int i = 0; i < steps; i++) {
                node.step();
            }
        } catch (SimCrash power) {
            // What the run is about.
        } catch (IOException failed) {
            if (!String.valueOf(failed.getMessage()).contains("Input/output error")) {
                throw failed;
            }
        }
    }

    /// Half of the time one of the caches is damaged too: recovery must not need them (L4).
    private static void damageCaches(SimDisk disk, Random random) throws IOException {
        var storage = disk.storage();
        if (random.nextBoolean() || !storage.directories().contains(LogNode.FOLDER)) {
            return;
        }
        List<String> caches =
                storage.directory(LogNode.FOLDER).files().stream()
                        .filter(f -> f.endsWith("index") || f.endsWith(".snapshot"))
                        .toList();
        if (caches.isEmpty()) {
            return;
        }
        String path = LogNode.FOLDER + "/" + caches.get(random.nextInt(caches.size()));
        byte[] bytes = disk.bytes(path);
        for (int i = random.nextInt(3) == 0 ? 0 : bytes.length; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt(256);
        }
        if (bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
            int keep = random.nextInt(3) == 0 ? random.nextInt(bytes.length) : bytes.length;
            // A time index that ends early between two entries looks right but for its last batch.
            keep -= keep < bytes.length && keep % 12 == 0 && path.endsWith("timeindex") ? 1 : 0;
            keep = Math.max(0, keep);
            // As an index of aborted transactions does that ends between two entries, or is empty.
            keep += keep < bytes.length && keep % 34 == 0 && path.endsWith("txnindex") ? 1 : 0;
            disk.overwrite(path, java.util.Arrays.copyOf(bytes, keep));
        }
    }

    private void verify(SimDisk disk, Random image) throws IOException {
        var probe = new SimDiskProbe(disk);
        var node = new LogNode(disk, truth, image);
        Log log = node.log();
        List<Written> possible = truth.possible();
        LogNode.expect(
                log.logStart() <= Math.max(truth.logStart, truth.raising),
                "log start " + log.logStart() + " was never asked for; " + probe);
        long next = log.logStart();
        int at = 0;
        while (at < possible.size() && possible.get(at).lastOffset() < next) {
            at++;
        }
        while (next < log.logEnd()) {
            var result = log.read(next, log.logEnd(), 1 + image.nextInt(2000), true);
            if (!(result instanceof ReadResult.Found found)) {
                throw new Violation("L1 reading at " + next + " gave " + result);
            }
            for (MutableRecordBatch batch : found.records().load().batches()) {
                LogNode.expect(
                        at < possible.size(), "L1 a batch nobody wrote at " + batch.baseOffset());
                @Nullable String difference = possible.get(at++).difference(batch);
                if (difference != null) {
                    throw new Violation("L1 " + difference);
                }
            }
            next = found.nextOffset();
        }
        LogNode.expect(
                log.logEnd() >= truth.promised(),
                "L1 ends at %d, flushed up to %d".formatted(log.logEnd(), truth.promised()));
        truth.recovered(log.logEnd(), log.logStart(), log.flushedEnd());
        checkDerived(node, image);
        log.closeDirty();
    }

    private void checkDerived(LogNode node, Random image) throws IOException {
        Log log = node.log();
        Map<Long, String> producers = new TreeMap<>();
        log.producers()
                .forEach(p ->
                        producers.put(
                                p.producerId(),
                                "%d/%d seq %d offset %d"
                                        .formatted(
                                                p.producerId(),
                                                p.epoch(),
                                                p.lastSequence(),
                                                p.lastOffset())));
        for (Written last : truth.lastByProducer().values()) {
            String known = producers.remove(last.producerId());
            boolean mayBeForgotten = last.lastOffset() < log.logStart();
            LogNode.expect(
                    last.producer().equals(known)
                            || (mayBeForgotten && (known == null || known.endsWith("offset -1"))),
                    "L4 producer is " + known + ", wrote " + last.producer());
        }
        LogNode.expect(producers.isEmpty(), "L4 producers from nowhere: " + producers);
        new CommittedView(log, truth).check(image);
        List<Written> readable = new ArrayList<>(truth.batches);
        readable.removeIf(b -> b.lastOffset() < log.logStart());
        for (Written batch : readable) {
            LogNode.expect(
                    log.epochAt(batch.lastOffset()) == batch.leaderEpoch(),
                    "L4 epoch of " + batch + " is " + log.epochAt(batch.lastOffset()));
            if (image.nextInt(4) == 0) {
                checkTimestamp(log, readable, batch.timestampMs() + image.nextInt(3) - 1);
            }
        }
        for (Written last : truth.lastByProducer().values()) {
            if (last.lastOffset() >= log.logStart()) {
                node.checkRetry(last);
            }
        }
        node.checkOldCoordinator();
    }

    private static void checkTimestamp(Log log, List<Written> batches, long timestamp)
            throws IOException {
        Written wanted = null;
        for (Written batch : batches) {
            if (batch.timestampMs() >= timestamp) {
                wanted = batch;
                break;
            }
        }
        TimestampOffset found = log.offsetForTimestamp(timestamp, log.logEnd());
        TimestampOffset right =
                wanted == null
                        ? null
                        : new TimestampOffset(
                                wanted.timestampMs(),
                                Math.max(wanted.baseOffset(), log.logStart()),
                                wanted.leaderEpoch());
        LogNode.expect(
                java.util.Objects.equals(found, right),
                "L4 first at %d is %s, found %s".formatted(timestamp, right, found));
    }

    /// What a message about a disk needs.
    private record SimDiskProbe(SimDisk disk) {
        @Override
        public String toString() {
            List<String> done = disk.operations();
            return "last operations " + done.subList(Math.max(0, done.size() - 5), done.size());
        }
    }
}
