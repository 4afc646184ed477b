package dev.millrace.simulator.compaction;

import static dev.millrace.simulator.compaction.Violation.expect;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.CorruptLogException;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.ProducerState;
import dev.millrace.engine.log.ReadResult;
import dev.millrace.engine.log.TimestampOffset;
import dev.millrace.engine.testing.Transactions;
import dev.millrace.simulator.disk.SimCrash;
import dev.millrace.simulator.disk.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/// One run: a history, in which the power may go before a chosen operation of the disk; recovery; the checks; the rest of the history on what was
/// recovered.
///
/// Checked: C1 to C8 of `docs/compaction.md`, and of `docs/log.md` L1 (what was flushed is there), L4 (epochs, producers, time index).
final class CompactionRun {
    private static final long WALL_MS = 1_700_000_000_000L;
    private static final List<Step> END =
            List.of(new Step("flush", 0, 0), new Step("compact", 0, 0));

    private final CompactionTruth truth = new CompactionTruth();
    private final Random image;
    private long wallMs = WALL_MS;

    /// Steps.
    private int begun;

    private CompactionRun(long image) {
        this.image = new Random(image);
    }

    /// @return how many operations the history makes when nothing happens to it
    static int undisturbed(List<Step> steps) throws IOException {
        return operations(steps).size();
    }

    /// @return what the history does to the disk
    static List<String> operations(List<Step> steps) throws IOException {
        var run = new CompactionRun(1);
        var disk = new SimDisk();
        run.work(disk, steps, true);
        run.madeAnew(disk);
        return disk.operations();
    }

    /// @param at the operation before which the power goes
    /// @param image chooses what the disk keeps, and whether the power goes once more
    static void crash(List<Step> steps, int at, long image) throws IOException {
        var run = new CompactionRun(image);
        var disk = new SimDisk();
        disk.crashAt(at);
        run.work(disk, steps, false);
        disk = run.powerLost(disk);
        switch (run.image.nextInt(4)) {
            case 0 ->
                    disk.crashAt(disk.changes() + run.image.nextInt(20)); // amid recovery, or soon
            case 1 -> disk.crashAt(disk.changes() + run.image.nextInt(400));
            default -> {}
        }
        if (!run.goesOn(disk, steps)) {
            run.goesOn(run.powerLost(disk), steps);
        }
    }

    private SimDisk powerLost(SimDisk disk) throws IOException {
        SimDisk after = disk.afterCrash(image);
        switch (image.nextInt(6)) {
            case 0 -> damageCaches(after, () -> true);
            case 1 -> damageCaches(after, image::nextBoolean);
            default -> {}
        }
        return after;
    }

    /// From recovery to the end of the history.
    ///
    /// @return false when the power has gone again
    private boolean goesOn(SimDisk disk, List<Step> steps) throws IOException {
        try {
            CompactionNode node = recovered(disk);
            if (node != null) {
                work(disk, node, steps.subList(Math.min(begun, steps.size()), steps.size()), true);
                work(disk, node, END, true);
                madeAnew(disk);
            }
            return true;
        } catch (SimCrash power) {
            return false;
        }
    }

    /// The process is killed, and what can be made anew from the log has to be.
    private void madeAnew(SimDisk disk) throws IOException {
        SimDisk after = disk.afterKill();
        damageCaches(after, () -> true);
        recovered(after);
    }

    /// @return null when it says that the log is damaged
    private @Nullable CompactionNode recovered(SimDisk disk) throws IOException {
        wallMs += 1_000_000;
        try {
            var node = new CompactionNode(disk, truth, wallMs, image.nextLong());
            recovered(node, disk);
            return node;
        } catch (CorruptLogException reported) {
            // A tear at the very end of a file can look like damage; of what was flushed it cannot
            // be.
            expect(unflushedAt(disk, reported), "" + reported);
            return null;
        }
    }

    private boolean unflushedAt(SimDisk disk, CorruptLogException reported) {
        byte[] bytes = disk.bytes(CompactionNode.FOLDER + "/" + reported.file());
        var whole = ByteBuffer.wrap(bytes, 0, (int) reported.position());
        long offset = Long.parseLong(reported.file().substring(0, 20));
        for (var batch : MemoryRecords.readableRecords(whole).batches()) {
            offset = batch.lastOffset() + 1;
        }
        return offset >= truth.promised();
    }

    /// From nothing, until the power goes or the history ends.
    private void work(SimDisk disk, List<Step> steps, boolean verified) throws IOException {
        try {
            work(disk, new CompactionNode(disk, truth, WALL_MS, 5), steps, verified);
        } catch (SimCrash power) {
            // as it was meant
        }
    }

    private void work(SimDisk disk, CompactionNode node, List<Step> steps, boolean verified)
            throws IOException {
        node.log().assignEpoch(truth.leaderEpoch);
        for (Step step : steps) {
            begun++;
            node.step(step);
            if (verified && (step.what().equals("pass") || step.what().equals("compact"))) {
                verify(node, disk);
            }
        }
    }

    /// Takes caches away, or damages them: recovery must not need them (L4).
    ///
    /// @param which says it of each
    private void damageCaches(SimDisk disk, BooleanSupplier which) throws IOException {
        Storage root = disk.storage();
        if (!root.directories().contains(CompactionNode.FOLDER)) {
            return;
        }
        Storage folder = root.directory(CompactionNode.FOLDER);
        long synced =
                LogCheckpoints.read(root, LogCheckpoints.RECOVERY_POINTS)
                        .getOrDefault(CompactionNode.NAME, 0L);
        boolean truncated = folder.exists("millrace-truncation-point");
        List<String> files = folder.files();
        for (String file : files) {
            if (file.endsWith(".index") && which.getAsBoolean()) {
                folder.delete(file);
                // Alone its absence says that nothing was aborted, and so it does in the segment
                // where recovery begins.
                if (!truncated && isBelow(synced, files, file.replace(".index", ".log"))) {
                    folder.delete(file.replace(".index", ".txnindex"));
                }
            } else if (file.endsWith(".timeindex") && which.getAsBoolean()) {
                folder.delete(file);
            } else if (file.endsWith(".snapshot") && which.getAsBoolean()) {
                disk.overwrite(CompactionNode.FOLDER + "/" + file, new byte[] {7});
            }
        }
        folder.syncDirectory();
    }

    /// Whether a segment is there, and the next one begins at most at that offset.
    private static boolean isBelow(long offset, List<String> files, String segment) {
        return files.contains(segment)
                && files.stream()
                        .filter(file -> file.endsWith(".log") && file.compareTo(segment) > 0)
                        .anyMatch(next -> Long.parseLong(next.substring(0, 20)) <= offset);
    }

    private void recovered(CompactionNode node, SimDisk disk) throws IOException {
        Log log = node.log();
        expect(
                log.logEnd() >= truth.promised(),
                "L1 ends at %d, flushed up to %d".formatted(log.logEnd(), truth.promised()));
        expect(
                log.logStart() <= Math.max(truth.logStart, Math.max(truth.raising, 0)),
                "log start " + log.logStart());
        truth.recovered(log.logEnd(), log.logStart(), log.flushedEnd());
        for (String file : disk.storage().directory(CompactionNode.FOLDER).files()) {
            expect(
                    !file.endsWith(".cleaned") && !file.endsWith(".swap"),
                    "left after recovery: " + file);
        }
        verify(node, disk);
        producers(log);
    }

    private void verify(CompactionNode node, SimDisk disk) throws IOException {
        Log log = node.log();
        TreeMap<Long, Entry> found = new TreeMap<>();
        Set<Long> transactionalBatches = new HashSet<>();
        read(log, found, transactionalBatches);
        Map<Long, Entry> wanted = new HashMap<>();
        for (Entry each : truth.entries) {
            wanted.put(each.offset(), each);
        }
        for (Entry each : found.values()) {
            Entry written = wanted.get(each.offset());
            if (written == null) {
                throw new Violation("nobody wrote " + each);
            }
            String difference = written.difference(each);
            expect(difference == null, "C4 " + difference);
        }
        stays(found);
        cleanSection(log, found);
        markers(found, transactionalBatches);
        committed(log, found);
        joined(disk);
        epochs(log, found);
        timestamps(log, found);
    }

    private static void read(
            Log log, NavigableMap<Long, Entry> found, Set<Long> transactionalBatches)
            throws IOException {
        long next = log.logStart();
        while (next < log.logEnd()) {
            var result = log.read(next, log.logEnd(), 700, true);
            if (!(result instanceof ReadResult.Found some)) {
                // A hole at the end can only be there when nothing follows.
                return;
            }
            for (MutableRecordBatch batch : some.records().load().batches()) {
                expect(batch.isValid(), "an invalid batch at " + batch.baseOffset());
                if (batch.isTransactional() && !batch.isControlBatch()) {
                    transactionalBatches.add(batch.lastOffset());
                }
                for (Record record : batch) {
                    if (record.offset() >= log.logStart()) {
                        found.put(record.offset(), entry(batch, record));
                    }
                }
            }
            expect(some.nextOffset() > next, "reading goes on");
            next = some.nextOffset();
        }
    }

    private static Entry entry(MutableRecordBatch batch, Record record) {
        boolean marker = batch.isControlBatch();
        String value =
                marker
                        ? ControlRecordType.parse(record.key()) == ControlRecordType.COMMIT
                                ? "commit"
                                : "abort"
                        : text(record.value());
        return new Entry(
                record.offset(),
                marker ? null : text(record.key()),
                value,
                record.timestamp(),
                batch.partitionLeaderEpoch(),
                batch.producerId(),
                batch.producerEpoch(),
                batch.baseSequence(),
                batch.isTransactional(),
                marker,
                batch.compressionType(),
                batch.baseOffset(),
                batch.lastOffset());
    }

    private static @Nullable String text(@Nullable ByteBuffer bytes) {
        return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private void stays(Map<Long, Entry> found) {
        for (Entry each : truth.entries) {
            if (found.containsKey(each.offset()) || each.offset() < truth.logStart) {
                continue;
            }
            expect(each.offset() < truth.coveredEnd, "C3 no pass reached " + each);
            expect(truth.mayBeGone(each), (each.value() == null ? "C6" : "C1") + " lost " + each);
        }
    }

    private void cleanSection(Log log, NavigableMap<Long, Entry> found) {
        Map<String, Entry> once = new HashMap<>();
        for (Entry each : found.headMap(log.cleanedTo()).values()) {
            if (each.isData()) {
                Entry before = once.put(String.valueOf(each.key()), each);
                expect(before == null, "C2 below " + log.cleanedTo() + " twice: " + before + each);
                expect(
                        !truth.isAborted(each) || truth.undecidedAgain.contains(each.offset()),
                        "C2 of an aborted transaction: " + each);
            }
        }
    }

    /// A transactional batch that is left, even an empty one, has its marker behind it if it ever had one.
    private void markers(Map<Long, Entry> found, Set<Long> transactionalBatches) {
        for (Entry each : truth.entries) {
            if (!each.isData()
                    || !each.transactional()
                    || !transactionalBatches.contains(each.batchLast())) {
                continue;
            }
            for (Entry marker : truth.entries) {
                if (marker.marker()
                        && marker.producerId() == each.producerId()
                        && marker.offset() > each.offset()) {
                    expect(
                            found.containsKey(marker.offset()),
                            "C6 the marker of " + each + " has gone: " + marker);
                    break;
                }
            }
        }
    }

    /// T7: a reader of committed records gets those that are there and were not aborted.
    private void committed(Log log, NavigableMap<Long, Entry> found) throws IOException {
        long stable = Math.min(log.logEnd(), log.firstUnstableOffset());
        List<Long> wanted =
                found.headMap(stable).values().stream()
                        .filter(each -> each.isData() && !truth.isAborted(each))
                        .map(Entry::offset)
                        .toList();
        List<Long> read = new ArrayList<>();
        long next = log.logStart();
        while (log.read(next, stable, 1 + image.nextInt(2000), true)
                instanceof ReadResult.Found(var records, long end)) {
            var aborted =
                    log.abortedTransactions(next, end).stream()
                            .map(a -> new Transactions.Aborted(a.producerId(), a.firstOffset()))
                            .toList();
            for (Record record : Transactions.committed(records.load().batches(), aborted)) {
                if (record.offset() >= next) {
                    read.add(record.offset());
                }
            }
            next = end;
        }
        expect(wanted.equals(read), "T7 committed are %s, read %s".formatted(wanted, read));
    }

    private static void joined(SimDisk disk) throws IOException {
        long end = -1;
        for (String file : disk.storage().directory(CompactionNode.FOLDER).files()) {
            if (!file.endsWith(".log")) {
                continue;
            }
            long base = Long.parseLong(file.substring(0, 20));
            expect(end < 0 || base == end, "C8 " + file + " does not join " + end);
            end = base;
            byte[] bytes = disk.bytes(CompactionNode.FOLDER + "/" + file);
            for (var batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
                end = batch.lastOffset() + 1;
            }
        }
    }

    private void epochs(Log log, Map<Long, Entry> found) {
        for (Entry each : found.values()) {
            expect(
                    log.epochAt(each.offset()) == each.leaderEpoch(),
                    "L4 epoch of %s is %d".formatted(each, log.epochAt(each.offset())));
        }
        NavigableMap<Integer, Long> starts = truth.epochStarts();
        for (int epoch : starts.keySet()) {
            var next = starts.higherEntry(epoch);
            if (next != null && next.getValue() > log.logStart()) {
                long end = log.endOffsetForEpoch(epoch).endOffset();
                expect(
                        end == next.getValue(),
                        "L4 epoch %d ends at %d, not %d".formatted(epoch, next.getValue(), end));
            }
        }
    }

    /// Each timestamp is found where it first is, and the greatest where it is.
    private static void timestamps(Log log, NavigableMap<Long, Entry> found) throws IOException {
        var timestamps = new TreeSet<Long>();
        found.values().forEach(each -> timestamps.add(each.timestampMs()));
        for (long timestamp : timestamps) {
            TimestampOffset right = null;
            for (Entry each : found.values()) {
                if (each.timestampMs() >= timestamp) {
                    right = at(each);
                    break;
                }
            }
            TimestampOffset answer = log.offsetForTimestamp(timestamp, log.logEnd());
            expect(
                    Objects.equals(answer, right),
                    "L4 first at %d is %s, found %s".formatted(timestamp, right, answer));
        }
    }

    private static TimestampOffset at(Entry entry) {
        return new TimestampOffset(entry.timestampMs(), entry.offset(), entry.leaderEpoch());
    }

    private void producers(Log log) {
        if (truth.unclean) {
            return;
        }
        Map<Long, Entry> last = truth.lastByProducer();
        for (ProducerState each : log.producers()) {
            Entry wrote = last.remove(each.producerId());
            if (wrote == null) {
                throw new Violation("C7 producer from nowhere: " + each.producerId());
            }
            int sequence = wrote.marker() ? -1 : wrote.lastSequence();
            boolean same = each.epoch() == wrote.producerEpoch() && each.lastSequence() == sequence;
            expect(
                    same || wrote.offset() < log.logStart(),
                    "C7 producer is epoch %d seq %d after %s"
                            .formatted(each.epoch(), each.lastSequence(), wrote));
        }
        for (Entry wrote : last.values()) {
            expect(wrote.batchLast() < log.logStart(), "C7 forgotten after " + wrote);
        }
    }
}
