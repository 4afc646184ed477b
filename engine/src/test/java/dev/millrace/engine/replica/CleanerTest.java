package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Which partitions are compacted, when, and what is told of it.
final class CleanerTest {
    private static final long BACKOFF_MS = 15_000;

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final HeapStorage disk = new HeapStorage();
    private final TestMetadata metadata = TestMetadata.withBrokers(1);
    private final Map<String, LogSettings> settings = new HashMap<>();
    private final Map<String, String> broker = new HashMap<>();
    private Replicas replicas;
    private Cleaner cleaner;

    @BeforeEach
    void start() throws IOException {
        var directories =
                new LogDirectories(
                        List.of(new LogDirectory(new Uuid(8, 1), "/data", disk)), 0, env);
        replicas =
                new Replicas(
                        1,
                        env,
                        directories,
                        (_, topic) ->
                                new TopicSettings(
                                        settings.getOrDefault(topic, LogSettings.DEFAULTS), 1));
        metadata.metadata.listen(replicas::onChange);
        cleaner = new Cleaner(env, replicas::all, () -> CleanerSettings.from(broker::getOrDefault));
        cleaner.start();
    }

    private void stop() {
        cleaner.close();
        replicas.close();
    }

    @Test
    void compactsWhatIsDueAndNothingElse() throws IOException {
        topic("compacted", "cleanup.policy", "compact");
        topic("deleted", "cleanup.policy", "delete");
        for (String topic : List.of("compacted", "deleted")) {
            write(topic, 30, 3);
        }

        env.advance(BACKOFF_MS - 1);
        assertEquals(30, records("compacted"), "nobody has looked yet");
        env.advance(1);

        assertTrue(records("compacted") < 15, "three keys, and the active segment");
        assertEquals(30, records("deleted"));
        assertEquals(Map.of("k0", "27", "k1", "28", "k2", "29"), latest("compacted"));
        CleanerReport report = cleaner.report();
        assertEquals(1, report.done());
        assertEquals(0, report.failed());
        assertTrue(report.readBytes() > 0 && report.writtenBytes() > 0);
        assertTrue(report.keptRecords() < report.readRecords());
    }

    @Test
    void aLookThatFailedIsNotTheLast() throws IOException {
        cleaner.close();
        var looks = new ArrayList<Integer>();
        cleaner =
                new Cleaner(
                        env,
                        () -> {
                            looks.add(looks.size());
                            if (looks.size() == 1) {
                                throw new IllegalStateException("out of luck");
                            }
                            return replicas.all();
                        },
                        () -> CleanerSettings.from(broker::getOrDefault));
        cleaner.start();
        topic("t", "cleanup.policy", "compact");
        write("t", 30, 3);
        assertThrows(IllegalStateException.class, () -> env.advance(BACKOFF_MS));
        assertEquals(30, records("t"));

        env.advance(BACKOFF_MS);

        assertTrue(records("t") < 15);
    }

    @Test
    void theDirtiestIsFirst() throws IOException {
        topic("some", "cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.1");
        topic("most", "cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.1");
        write("some", 40, 40);
        env.advance(BACKOFF_MS);
        write("some", 10, 3);
        write("most", 20, 3);
        env.work().clear();

        env.advance(BACKOFF_MS);

        List<String> passes =
                env.work().stream().filter(work -> work.startsWith("compact ")).distinct().toList();
        assertEquals(List.of("compact most-0", "compact some-0"), passes);
    }

    @Test
    void waitsUntilTheDirtyRatioIsReached() throws IOException {
        topic("t", "cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.9");
        write("t", 30, 30);
        env.advance(BACKOFF_MS);
        write("t", 10, 3);
        long before = cleaner.report().done();

        env.advance(3 * BACKOFF_MS);
        assertEquals(before, cleaner.report().done());
        double ratio = cleaner.report().maxDirtyRatio();
        assertTrue(0 < ratio && ratio < 0.9, "dirty ratio " + ratio);

        write("t", 700, 3);
        env.advance(BACKOFF_MS);
        assertEquals(before + 1, cleaner.report().done());
    }

    @Test
    void switchedOffItDoesNothingUntilItIsSwitchedOn() throws IOException {
        broker.put("log.cleaner.enable", "false");
        topic("t", "cleanup.policy", "compact");
        write("t", 30, 3);
        env.advance(10 * BACKOFF_MS);
        assertEquals(30, records("t"));

        broker.put("log.cleaner.enable", "true");
        env.advance(BACKOFF_MS);
        assertTrue(records("t") < 15);
    }

    @Test
    void whatCannotBeCompactedIsShownAndTriedAgainWithOtherSettings() throws IOException {
        broker.put("log.cleaner.dedupe.buffer.size", "1");
        topic("t", "cleanup.policy", "compact");
        for (int i = 0; i < 10; i++) {
            append("t", "a", "b", "c", "d", "e", "f", "g");
        }
        env.advance(5 * BACKOFF_MS);

        CleanerReport report = cleaner.report();
        assertEquals(1, report.failed(), "once, not again and again");
        assertEquals(new TopicPartition("t", 0), report.uncleanable().getFirst().name());
        assertTrue(
                report.uncleanable().getFirst().reason().contains("log.cleaner.dedupe.buffer.size"),
                report.uncleanable().getFirst().reason());
        assertEquals(70, records("t"));

        broker.put("log.cleaner.dedupe.buffer.size", "1000000");
        env.advance(BACKOFF_MS);
        assertEquals(List.of(), cleaner.report().uncleanable());
        assertTrue(records("t") < 70);
    }

    @Test
    void anErrorOfTheDiskIsTriedAgainLaterAndLater() throws IOException {
        topic("t", "cleanup.policy", "compact");
        write("t", 30, 3);
        disk.directory("t-0").failWrites(name -> name.endsWith(".cleaned"));

        env.advance(BACKOFF_MS);
        assertEquals(1, cleaner.report().failed());
        env.advance(15_000 + BACKOFF_MS);
        assertEquals(2, cleaner.report().failed());
        env.advance(10_000);
        assertEquals(2, cleaner.report().failed(), "30 s");
        assertEquals(30, records("t"));
        assertInstanceOf(ReplicaRole.Leader.class, partition("t").role(), "it serves as before");

        disk.directory("t-0").failWrites(_ -> false);
        env.advance(20_000 + BACKOFF_MS);
        assertEquals(2, cleaner.report().failed());
        assertTrue(records("t") < 15);
    }

    @Test
    void readsAndWritesNoFasterThanItMay() throws IOException {
        topic("t", "cleanup.policy", "compact");
        write("t", 300, 3);
        broker.put("log.cleaner.io.max.bytes.per.second", "1000");
        env.advance(BACKOFF_MS);

        assertEquals(1, cleaner.report().running().size());
        double progress = cleaner.report().running().getFirst().progress();
        assertTrue(0 < progress && progress < 1, "progress " + progress);
        long bytes = cleaner.report().readBytes();
        env.advance(5_000);
        assertEquals(bytes, cleaner.report().readBytes(), "it waits");

        broker.put("log.cleaner.io.max.bytes.per.second", "1e9");
        env.advance(2_000);
        assertEquals(1, cleaner.report().done());
        assertTrue(records("t") < 15);
    }

    @Test
    void aPassEndsWithItsTopic() throws IOException {
        TopicImage topic = topic("t", "cleanup.policy", "compact");
        write("t", 300, 3);
        broker.put("log.cleaner.io.max.bytes.per.second", "1000");
        env.advance(BACKOFF_MS);
        assertEquals(1, cleaner.report().running().size());

        metadata.removeTopic(topic.id());
        broker.clear();
        env.advance(10_000);

        assertEquals(List.of(), cleaner.report().running());
        assertEquals(1, cleaner.report().cancelled());
    }

    @Test
    void aRestartKnowsWhatIsCleanAndLooksAtWhatRests() throws IOException {
        topic("t", "cleanup.policy", "compact");
        write("t", 30, 3);
        env.advance(BACKOFF_MS);
        replicas.checkpoint();
        long cleaned = cleanedOnDisk();
        assertTrue(cleaned > 20, "cleaned to " + cleaned);
        write("t", 100, 3);
        stop();

        start();
        replicas.checkpoint();
        assertEquals(cleaned, cleanedOnDisk(), "it is known of a log that nobody has opened");
        int before = records("t");
        env.advance(BACKOFF_MS);

        assertTrue(records("t") < before);
        replicas.checkpoint();
        assertTrue(cleanedOnDisk() > 100);
    }

    @Test
    void aLogThatIsCleanIsNotOpenedForALook() throws IOException {
        topic("t", "cleanup.policy", "delete");
        write("t", 30, 3);
        stop();
        start();
        int before = disk.directory("t-0").opened();

        env.advance(3 * BACKOFF_MS);

        assertEquals(before, disk.directory("t-0").opened());
    }

    @Test
    void appendsGoOnWhileAPassIsUnderWay() throws IOException {
        topic("t", "cleanup.policy", "compact");
        write("t", 300, 3);
        broker.put("log.cleaner.io.max.bytes.per.second", "1000");
        env.advance(BACKOFF_MS);
        write("t", 100, 4);
        broker.clear();
        env.advance(10 * BACKOFF_MS);

        assertEquals(Map.of("k0", "96", "k1", "97", "k2", "98", "k3", "99"), latest("t"));
        assertFalse(cleaner.report().done() == 0);
    }

    private TopicImage topic(String name, String... with) {
        var all = new HashMap<String, String>();
        all.put("internal.segment.bytes", "500");
        for (int i = 0; i < with.length; i += 2) {
            all.put(with[i], with[i + 1]);
        }
        settings.put(name, LogSettings.from(all));
        return metadata.topic(name, 1, 1);
    }

    private Partition partition(String topic) {
        return Objects.requireNonNull(replicas.byName(topic, 0).partition());
    }

    /// So many records, whose keys repeat after `keys`.
    private void write(String topic, int count, int keys) {
        for (int i = 0; i < count; i++) {
            put(
                    topic,
                    new SimpleRecord(env.clock().wallMs(), bytes("k" + i % keys), bytes("" + i)));
        }
    }

    private void append(String topic, String... keys) {
        var records = new SimpleRecord[keys.length];
        for (int i = 0; i < keys.length; i++) {
            records[i] = new SimpleRecord(env.clock().wallMs(), bytes(keys[i]), bytes("v"));
        }
        put(topic, records);
    }

    private void put(String topic, SimpleRecord... records) {
        assertInstanceOf(
                AppendResult.Appended.class,
                partition(topic).append(Batches.plain().of(records), true, Origin.CLIENT));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private int records(String topic) throws IOException {
        return all(topic).size();
    }

    private Map<String, String> latest(String topic) throws IOException {
        var latest = new HashMap<String, String>();
        all(topic).values().forEach(record -> latest.put(text(record.key()), text(record.value())));
        return latest;
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private Map<Long, Record> all(String topic) throws IOException {
        var all = new TreeMap<Long, Record>();
        long next = 0;
        while (next < partition(topic).logEnd()) {
            MemoryRecords some = partition(topic).load(next, 1 << 20);
            for (var batch : some.batches()) {
                batch.forEach(record -> all.put(record.offset(), record));
                next = batch.nextOffset();
            }
        }
        return all;
    }

    private long cleanedOnDisk() throws IOException {
        return LogCheckpoints.read(disk, LogCheckpoints.CLEANED)
                .getOrDefault(new TopicPartition("t", 0), 0L);
    }
}
