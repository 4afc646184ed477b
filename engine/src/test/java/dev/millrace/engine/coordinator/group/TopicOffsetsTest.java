package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The columns are a sorted map.
class TopicOffsetsTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void holdsWhatAMapHolds(long seed) {
        var random = new Random(seed);
        var offsets = new TopicOffsets();
        var positions = new TreeMap<Integer, Long>();
        var model = new TreeMap<Integer, CommittedOffset>();
        for (int step = 0; step < 2_000; step++) {
            int partition = random.nextInt(1 + step / 10);
            if (random.nextInt(3) == 0) {
                assertEquals(model.remove(partition) != null, offsets.remove(partition));
                positions.remove(partition);
            } else {
                CommittedOffset offset = offset(random, seed);
                boolean isNew = model.put(partition, offset) == null;
                assertEquals(isNew, offsets.put(partition, offset, step));
                positions.put(partition, (long) step);
            }
            assertEquals(model.get(partition), offsets.get(partition));
        }
        same(model, positions, offsets);
        model.keySet().forEach(offsets::remove);
        assertEquals(0, offsets.size());
    }

    /// With odd seeds also what is rare.
    private static CommittedOffset offset(Random random, long seed) {
        boolean rare = seed % 2 == 1 && random.nextInt(20) == 0;
        return new CommittedOffset(
                random.nextLong(),
                random.nextInt(),
                rare ? "note " + random.nextInt() : "",
                random.nextLong(),
                rare ? random.nextLong() : CommittedOffset.NEVER,
                rare ? new Uuid(random.nextInt(3), 1) : new Uuid(7, 7));
    }

    private static void same(
            Map<Integer, CommittedOffset> model,
            Map<Integer, Long> positions,
            TopicOffsets offsets) {
        var read = new TreeMap<Integer, CommittedOffset>();
        var at = new TreeMap<Integer, Long>();
        for (int i = 0; i < offsets.size(); i++) {
            read.put(offsets.partition(i), offsets.at(i));
            at.put(offsets.partition(i), offsets.position(offsets.partition(i)));
            assertEquals(offsets.at(i).expiresMs(), offsets.expiresMs(i));
            assertEquals(offsets.at(i).committedMs(), offsets.committedMs(i));
        }
        assertEquals(model, read);
        assertEquals(positions, at);
        assertEquals(-1, offsets.position(1_000_000));
    }
}
