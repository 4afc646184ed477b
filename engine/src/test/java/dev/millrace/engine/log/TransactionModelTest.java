package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.Gen;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import dev.millrace.engine.testing.Transactions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.Test;

/// Transactions in a log against a model that is a list of records: whatever happens to the files, a reader of committed records gets
/// those of committed transactions and of none (T7), and the index of aborted ones is what the log says (L4).
class TransactionModelTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;
    private static final int NOBODY = -1;
    private static final LogSettings SETTINGS =
            LogSettings.from(Map.of("segment.bytes", "600", "index.interval.bytes", "150"));

    /// One thing done to the log; `a` and `b` are chance.
    private record Step(String what, int a, int b) {}

    enum Kind {
        DATA,
        COMMIT,
        ABORT
    }

    /// A record; its offset is its place.
    private record Entry(Kind kind, int producer, int batchEnd) {}

    private static List<Step> steps(Random random) {
        List<String> kinds =
                List.of(
                        "write",
                        "write",
                        "write",
                        "write",
                        "end",
                        "end",
                        "end",
                        "read",
                        "read",
                        "truncate",
                        "start",
                        "reopen",
                        "recover",
                        "flush",
                        "damage",
                        "checkpoint");
        List<Step> steps = new ArrayList<>();
        int count = 20 + random.nextInt(60);
        for (int i = 0; i < count; i++) {
            String what = kinds.get(random.nextInt(kinds.size()));
            steps.add(new Step(what, random.nextInt(10_000), random.nextInt(10_000)));
        }
        return steps;
    }

    @Test
    void readersSeeWhatIsCommitted() {
        Gen.forSeeds(1, 600, TransactionModelTest::steps, steps -> new Run().run(steps));
    }

    private static final class Run {
        private final HeapStorage disk = new HeapStorage();
        private final ManualEnv env = new ManualEnv(NOW, 1);
        private final List<Entry> model = new ArrayList<>();
        private int start;
        private long flushed;
        private Log log = open(disk, OpenMode.CLEAN);

        Run() throws IOException {}

        private Log open(HeapStorage storage, OpenMode mode) throws IOException {
            return Log.open(env, storage, NAME, SETTINGS, mode.withLogStart(start));
        }

        void run(List<Step> steps) throws IOException {
            for (Step step : steps) {
                one(step);
                assertEquals(model.size(), log.logEnd(), "log end");
            }
            check(log, 0);
            List<AbortedTransaction> known = log.abortedTransactions(start, Long.MAX_VALUE);
            Log again = open(withoutIndexes(), OpenMode.recover(0));
            check(again, 0);
            if (start == 0) {
                assertEquals(again.abortedTransactions(0, Long.MAX_VALUE), known, "L4");
            }
        }

        private HeapStorage withoutIndexes() throws IOException {
            var copy = new HeapStorage();
            for (String file : disk.files()) {
                if (!file.endsWith("index")) {
                    copy.put(file, disk.bytes(file));
                }
            }
            return copy;
        }

        private void one(Step step) throws IOException {
            switch (step.what) {
                case "write" -> write(step);
                case "end" -> end(step);
                case "read" -> check(log, start + step.a % (model.size() - start + 1));
                case "truncate" -> truncate(step);
                case "start" -> {
                    start += step.a % Math.max(1, Math.min(10, model.size() - start + 1));
                    log.raiseLogStart(start);
                }
                case "flush" -> {
                    FlushPlan plan = log.planFlush();
                    plan.run();
                    log.flushed(plan);
                }
                case "checkpoint" -> flushed = log.checkpoint();
                case "damage" -> damage(step);
                case "reopen" -> {
                    log.close();
                    log = open(disk, OpenMode.CLEAN);
                }
                case "recover" -> {
                    log.closeDirty();
                    flushed = step.a % 4 == 0 ? 0 : flushed;
                    log = open(disk, OpenMode.recover(flushed));
                }
                default -> throw new IllegalArgumentException(step.what);
            }
        }

        /// A batch of one of three producers, or of none.
        private void write(Step step) throws IOException {
            int producer = step.a % 4 - 1;
            int count = 1 + step.b % 3;
            String[] values = new String[count];
            for (int i = 0; i < count; i++) {
                values[i] = "v".repeat(step.b % 60);
            }
            Batches batch = Batches.plain();
            VerificationGuard guard = null;
            if (producer >= 0) {
                batch.producer(producer, 0, 0).transactional();
                Verification asked = log.verification(producer, (short) 0, 0, false);
                guard = asked instanceof Verification.Needed(var needed) ? needed : null;
                assertTrue(start > 0 || (firstOpen(producer) >= 0) == (guard == null));
            }
            var result = log.append(batch.of(NOW, values), 0, Origin.COORDINATOR, guard);
            assertInstanceOf(AppendResult.Appended.class, result, result::toString);
            int batchEnd = model.size() + count;
            for (int i = 0; i < count; i++) {
                model.add(new Entry(Kind.DATA, producer, batchEnd));
            }
        }

        private void end(Step step) throws IOException {
            int producer = step.a % 3;
            boolean commit = step.b % 2 == 0;
            var marker = new TransactionMarker(producer, (short) 0, 1, commit, 1);
            assertInstanceOf(AppendResult.Appended.class, log.append(marker, 0));
            model.add(new Entry(commit ? Kind.COMMIT : Kind.ABORT, producer, model.size() + 1));
            log.highWatermark(model.size());
        }

        private long firstOpen(int producer) {
            long first = -1;
            for (int i = 0; i < model.size(); i++) {
                if (model.get(i).producer == producer) {
                    first = model.get(i).kind != Kind.DATA ? -1 : first < 0 ? i : first;
                }
            }
            return first;
        }

        private void truncate(Step step) throws IOException {
            int to = start + step.a % (model.size() - start + 1);
            log.truncateTo(to);
            flushed = Math.min(flushed, to);
            while (model.size() > to) {
                int end = model.getLast().batchEnd;
                while (!model.isEmpty() && model.getLast().batchEnd == end) {
                    model.removeLast();
                }
            }
            while (model.size() < start) {
                model.add(new Entry(Kind.DATA, NOBODY, start)); // the log goes on at its start
            }
            flushed = Math.min(flushed, model.size());
        }

        /// Breaks an index of aborted transactions that nobody has open, so that it shows.
        private void damage(Step step) throws IOException {
            log.close();
            List<String> indexes =
                    disk.files().stream().filter(f -> f.endsWith(LogFiles.TXN_INDEX)).toList();
            if (!indexes.isEmpty()) {
                String file = indexes.get(step.a % indexes.size());
                byte[] bytes = disk.bytes(file);
                if (bytes.length > 0 && bytes.length % TransactionIndex.ENTRY == 0) {
                    bytes[step.b % bytes.length] ^= (byte) (1 + step.a % 255);
                    int keep = step.b % 3 == 0 ? bytes.length - 1 - step.b % 33 : bytes.length;
                    disk.put(file, java.util.Arrays.copyOf(bytes, keep));
                }
            }
            log = open(disk, OpenMode.CLEAN);
        }

        /// Reads from there to the last stable offset, as a consumer does.
        private void check(Log of, int from) throws IOException {
            long stable = Math.min(model.size(), of.firstUnstableOffset());
            Map<Integer, Boolean> committed = committed();
            List<Long> wanted = new ArrayList<>();
            List<Long> seen = new ArrayList<>();
            int begin = Math.max(from, start);
            for (int i = begin; i < stable; i++) {
                Entry entry = model.get(i);
                boolean data = entry.kind == Kind.DATA;
                assertTrue(
                        !data || entry.producer < 0 || committed.containsKey(i),
                        "T5 undecided below the last stable offset: " + i);
                if (data && (entry.producer < 0 || committed.getOrDefault(i, false))) {
                    wanted.add((long) i);
                }
            }
            long next = begin;
            while (of.read(next, stable, 500, true)
                    instanceof ReadResult.Found(var records, long end)) {
                var aborted =
                        of.abortedTransactions(next, end).stream()
                                .map(a -> new Transactions.Aborted(a.producerId(), a.firstOffset()))
                                .toList();
                for (Record r : Transactions.committed(records.load().batches(), aborted)) {
                    if (r.offset() >= next) {
                        seen.add(r.offset());
                    }
                }
                next = end;
            }
            assertEquals(wanted, seen, "T7");
        }

        /// Of each record in a transaction that has ended: how.
        private Map<Integer, Boolean> committed() {
            Map<Integer, Boolean> ended = new TreeMap<>();
            Map<Integer, Boolean> next = new TreeMap<>();
            for (int i = model.size() - 1; i >= 0; i--) {
                Entry entry = model.get(i);
                if (entry.kind != Kind.DATA) {
                    next.put(entry.producer, entry.kind == Kind.COMMIT);
                } else if (next.containsKey(entry.producer)) {
                    ended.put(i, next.get(entry.producer));
                }
            }
            return ended;
        }
    }
}
