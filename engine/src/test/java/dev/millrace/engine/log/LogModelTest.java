package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.Gen;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.Test;

/// The log against a model: a list of records and a start. Whatever is done to both, they answer alike.
class LogModelTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;
    private static final LogSettings SETTINGS =
            LogSettings.from(Map.of("segment.bytes", "700", "index.interval.bytes", "150"));

    /// One thing done to the log; `a` and `b` are chance.
    private record Step(String what, int a, int b) {}

    /// A record as the model holds it; its offset is its place.
    private record Entry(long timestamp, int batchEnd) {}

    private static List<Step> steps(Random random) {
        List<String> kinds =
                List.of(
                        "append",
                        "append",
                        "append",
                        "append",
                        "read",
                        "read",
                        "time",
                        "truncate",
                        "start",
                        "reopen",
                        "recover",
                        "flush",
                        "epoch");
        List<Step> steps = new ArrayList<>();
        int count = 20 + random.nextInt(60);
        for (int i = 0; i < count; i++) {
            String what = kinds.get(random.nextInt(kinds.size()));
            steps.add(new Step(what, random.nextInt(10_000), random.nextInt(10_000)));
        }
        return steps;
    }

    @Test
    void answersAsTheModelDoes() {
        Gen.forSeeds(1, 300, LogModelTest::steps, steps -> new Run().run(steps));
    }

    private static final class Run {
        private final HeapStorage disk = new HeapStorage();
        private final ManualEnv env = new ManualEnv(NOW, 1);
        private final List<Entry> model = new ArrayList<>();
        private final List<Integer> epochStarts = new ArrayList<>(List.of(0));
        private int start;
        private Log log = open(OpenMode.CLEAN);

        Run() throws IOException {}

        private Log open(OpenMode mode) throws IOException {
            return Log.open(env, disk, NAME, SETTINGS, mode.withLogStart(start));
        }

        void run(List<Step> steps) throws IOException {
            for (Step step : steps) {
                one(step);
                assertEquals(start, log.logStart(), "log start");
                assertEquals(model.size(), log.logEnd(), "log end");
            }
        }

        private void one(Step step) throws IOException {
            switch (step.what) {
                case "append" -> append(step);
                case "read" -> read(step);
                case "time" -> time(step);
                case "truncate" -> truncate(step);
                case "start" -> raise(step);
                case "epoch" -> epochStarts.add(model.size());
                case "flush" -> {
                    FlushPlan plan = log.planFlush();
                    plan.run();
                    log.flushed(plan);
                    assertEquals(model.size(), log.flushedEnd());
                }
                case "reopen" -> {
                    log.close();
                    log = open(OpenMode.CLEAN);
                }
                case "recover" -> {
                    long point = step.a % 2 == 0 ? 0 : log.checkpoint();
                    log.closeDirty();
                    log = open(OpenMode.recover(point));
                }
                default -> throw new IllegalArgumentException(step.what);
            }
        }

        private void append(Step step) throws IOException {
            int count = 1 + step.a % 4;
            String[] values = new String[count];
            for (int i = 0; i < count; i++) {
                values[i] = "v".repeat(step.b % 60) + (model.size() + i);
            }
            long timestamp = NOW + (model.size() * 3L + step.b % 17);
            var result =
                    log.append(
                            Batches.plain().of(timestamp, values),
                            epochStarts.size() - 1,
                            Origin.CLIENT);
            assertEquals(
                    new AppendResult.Appended(model.size(), model.size() + count - 1, -1), result);
            int end = model.size() + count;
            for (int i = 0; i < count; i++) {
                model.add(new Entry(timestamp, end));
            }
        }

        private void read(Step step) throws IOException {
            int from = step.a % (model.size() + 2);
            int bound = Math.min(model.size(), step.b % (model.size() + 2));
            ReadResult result = log.read(from, bound, 1 + step.b % 900, step.a % 3 > 0);
            if (from < start || from > model.size()) {
                assertInstanceOf(ReadResult.OutOfRange.class, result);
            } else if (from >= bound || model.get(from).batchEnd > bound) {
                assertInstanceOf(ReadResult.Empty.class, result);
            } else if (result instanceof ReadResult.Found found) {
                int offset = from;
                for (Record record : found.records().load().records()) {
                    if (record.offset() >= from) {
                        assertEquals(offset, record.offset());
                        assertEquals(model.get(offset).timestamp, record.timestamp());
                        offset++;
                    }
                }
                assertEquals(offset, found.nextOffset());
                assertEquals(true, offset <= bound && offset > from);
            } else {
                assertInstanceOf(ReadResult.Empty.class, result);
                assertEquals(0, step.a % 3, "at least one batch was asked for");
            }
        }

        private void time(Step step) throws IOException {
            long timestamp = NOW + step.a % (model.size() * 3L + 20);
            int bound = Math.min(model.size(), step.b % (model.size() + 2));
            TimestampOffset wanted = null;
            for (int i = bound - 1; i >= start; i--) {
                if (model.get(i).timestamp >= timestamp) {
                    wanted = new TimestampOffset(model.get(i).timestamp, i, epochAt(i));
                }
            }
            assertEquals(wanted, log.offsetForTimestamp(timestamp, bound));
        }

        private int epochAt(int offset) {
            int epoch = 0;
            for (int i = 0; i < epochStarts.size(); i++) {
                epoch = epochStarts.get(i) <= offset ? i : epoch;
            }
            return epoch;
        }

        private void truncate(Step step) throws IOException {
            int to = start + step.a % (model.size() - start + 1);
            log.truncateTo(to);
            while (model.size() > to) {
                int end = model.getLast().batchEnd;
                while (!model.isEmpty() && model.getLast().batchEnd == end) {
                    model.removeLast();
                }
            }
            while (model.size() < start) {
                model.add(
                        new Entry(
                                -1, start)); // the log goes on at its start; nobody can read these
            }
            epochStarts.replaceAll(s -> Math.min(s, model.size()));
        }

        private void raise(Step step) throws IOException {
            start += step.a % Math.max(1, Math.min(30, model.size() - start + 1));
            log.raiseLogStart(start);
        }
    }
}
