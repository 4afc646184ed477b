package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/// What a power loss can leave of the names while segments take the place of others or go: every set of the changes that were not synced,
/// before every change.
class SegmentNamesTest {
    private static final LogSettings SETTINGS =
            LogSettings.from(Map.of("cleanup.policy", "compact"));

    /// Whatever is left, the next start finds what was before the swap or what is after it, and of neither a part: `docs/compaction.md`.
    @Test
    void aSwapIsDoneOrNot() throws IOException {
        swap(true);
    }

    @Test
    void aSwapIsDoneOrNotWhereNothingAbortedIsLeft() throws IOException {
        swap(false);
    }

    private static void swap(boolean abortedStays) throws IOException {
        var directory = new HeapStorage();
        segment(directory, 0, 10, "", "old");
        segment(directory, 10, 20, "", "old");
        segment(directory, 20, 30, "", "old");
        var before = contents(directory);
        var after = new TreeMap<>(before);
        after.keySet().removeIf(name -> name.startsWith(LogFiles.of(10, "")));
        segment(directory, 0, 20, LogFiles.CLEANED, "new");
        directory.delete(LogFiles.of(0, LogFiles.SNAPSHOT) + LogFiles.CLEANED);
        if (!abortedStays) {
            directory.delete(LogFiles.of(0, LogFiles.TXN_INDEX) + LogFiles.CLEANED);
            after.remove(LogFiles.of(0, LogFiles.TXN_INDEX));
        }
        contents(directory)
                .forEach((name, bytes) -> {
                    if (name.endsWith(LogFiles.CLEANED)) {
                        after.put(name.replace(LogFiles.CLEANED, ""), bytes);
                    }
                });

        Set<Boolean> swapped = new TreeSet<>();
        var names =
                new NamesUnderPowerLoss(
                        directory,
                        found -> {
                            Set<String> left = new TreeSet<>(found.files());
                            SegmentSwap.recover("t-0", found);
                            Map<String, String> is = contents(found);
                            String log = LogFiles.of(0, LogFiles.LOG);
                            boolean done = Objects.equals(after.get(log), is.get(log));
                            swapped.add(done);
                            if (done && !abortedStays) {
                                // That of before is right as well: it tells of more that was
                                // aborted.
                                is.remove(LogFiles.of(0, LogFiles.TXN_INDEX));
                            }
                            assertEquals(done ? after : before, is, () -> "of " + left);
                        });
        Segments segments = segments(names);
        segments.replace(0, 2, SETTINGS);
        names.lose();
        assertEquals(after, contents(directory));

        // The next pass over the same segment must not undo it.
        new CleanedSegment(names, CompactionSource.of(segments.first(), 20), 1, 100).begin();
        names.lose();
        assertEquals(Set.of(false, true), swapped);
    }

    /// That there is no index of aborted transactions says that nothing was aborted.
    @Test
    void aSegmentThatGoesHasItsIndexesAsLongAsItsName() throws IOException {
        var directory = new HeapStorage();
        segment(directory, 0, 10, "", "old");
        segment(directory, 10, 20, "", "old");
        Set<Boolean> gone = new TreeSet<>();
        var names =
                new NamesUnderPowerLoss(
                        directory,
                        found -> {
                            boolean there = found.exists(LogFiles.of(0, LogFiles.LOG));
                            gone.add(!there);
                            for (String cache : SegmentSwap.CACHES) {
                                assertTrue(
                                        !there || found.exists(LogFiles.of(0, cache)),
                                        () -> found.files() + "");
                            }
                        });
        segments(names).remove(0, SETTINGS);
        names.lose();

        assertEquals(Set.of(false, true), gone);
    }

    private static Segments segments(NamesUnderPowerLoss directory) {
        var segments = new Segments("t-0", new ManualEnv(1, 1), directory);
        for (String file : directory.files()) {
            Long base = LogFiles.offset(file, LogFiles.LOG);
            if (base != null) {
                segments.add(base, SETTINGS);
            }
        }
        return segments;
    }

    /// Makes the files of a segment: batches, and caches of which only the names matter.
    private static void segment(
            HeapStorage directory, long base, long end, String behind, String generation) {
        var records = new SimpleRecord[(int) (end - base)];
        for (int i = 0; i < records.length; i++) {
            records[i] = new SimpleRecord(1, Batches.bytes("k" + i), Batches.bytes(generation));
        }
        var batch = Batches.plain().at(base, 0).of(records).buffer();
        var bytes = new byte[batch.remaining()];
        batch.get(bytes);
        directory.put(LogFiles.of(base, LogFiles.LOG) + behind, bytes);
        for (String cache :
                List.of(
                        LogFiles.INDEX,
                        LogFiles.TIME_INDEX,
                        LogFiles.TXN_INDEX,
                        LogFiles.SNAPSHOT)) {
            directory.put(
                    LogFiles.of(base, cache) + behind,
                    generation.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /// But those that wait to be deleted.
    private static Map<String, String> contents(HeapStorage directory) {
        var contents = new TreeMap<String, String>();
        for (String name : directory.files()) {
            if (!name.endsWith(LogFiles.DELETED)) {
                contents.put(name, Integer.toHexString(Arrays.hashCode(directory.bytes(name))));
            }
        }
        return contents;
    }
}
