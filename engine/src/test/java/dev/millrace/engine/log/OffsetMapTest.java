package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OffsetMapTest {
    private static final long FIRST = 7_000_000_000L;

    private static KeyHash hash(String key) {
        byte[] bytes = Batches.bytes(key);
        return new KeyHash(11, 22).of(bytes, 0, bytes.length);
    }

    private static boolean put(OffsetMap map, String key, long offset) {
        KeyHash hash = hash(key);
        return map.put(hash.high(), hash.low(), offset);
    }

    /// A map against the JDK's, until it is full.
    private static void fill(OffsetMap map) {
        var random = new Random(1);
        Map<String, Long> model = new HashMap<>();
        long offset = FIRST;
        while (true) {
            String key = "key-" + random.nextInt(1 + map.most() * 2);
            offset += 1 + random.nextInt(3);
            boolean fits = put(map, key, offset);
            assertEquals(model.containsKey(key) || model.size() < map.most(), fits, key);
            if (!fits) {
                break;
            }
            model.put(key, offset);
        }
        assertEquals(model.size(), map.keys());
        model.forEach((key, latest) -> assertEquals(latest, map.latest(hash(key)), key));
        for (int i = 0; i < 1_000; i++) {
            assertEquals(-1, map.latest(hash("nobody-" + i)));
        }
    }

    @Test
    void wideHoldsTheLastOffsetOfEachKey() {
        fill(OffsetMap.wide(FIRST, 20_000, 0.9));
        fill(OffsetMap.wide(FIRST, 2, 0.9));
    }

    @Test
    void narrowHoldsTheLastOffsetOfEachKey() {
        fill(OffsetMap.narrow(FIRST, 20_000, 0.9));
        fill(OffsetMap.narrow(FIRST, 2, 0.9));
    }

    /// All offsets of a section, of so many keys: what a map that grows says, by key and by offset.
    private static void growsWith(int keys, double load) {
        int records = 10_000;
        OffsetMap map = OffsetMap.of(FIRST, FIRST + records, 1 << 20, load);
        assertTrue(map.isWide());
        var random = new Random(keys);
        Map<String, Long> model = new HashMap<>();
        for (long offset = FIRST; offset < FIRST + records; offset++) {
            String key = "key-" + random.nextInt(keys);
            assertTrue(put(map, key, offset));
            model.put(key, offset);
        }
        assertEquals(model.size(), map.keys());
        model.forEach((key, latest) -> assertEquals(latest, map.latest(hash(key)), key));
        Set<Long> latest = Set.copyOf(model.values());
        assertFalse(map.isMarked(FIRST - 1));
        for (long offset = FIRST; offset < FIRST + records; offset++) {
            assertTrue(map.isMarked(offset), "at " + offset);
            assertEquals(latest.contains(offset), map.isLatest(offset), "at " + offset);
        }
    }

    @Test
    void growsAndMarksTheLastOffsetOfEachKey() {
        for (int keys : new int[] {1, 2, 90, 2_000, 1_000_000}) {
            growsWith(keys, 0.9);
        }
        growsWith(100, 0.5);
    }

    @Test
    void growsAtTheLeastLoad() {
        OffsetMap map = OffsetMap.of(FIRST, FIRST + 100, 1 << 20, 0.01);
        for (int i = 0; i < 100; i++) {
            assertTrue(put(map, "key-" + i, FIRST + i));
        }
        assertEquals(FIRST + 99, map.latest(hash("key-99")));
        assertEquals(-1, map.latest(hash("key-100")));
    }

    /// A mark that was never set is not there: the offset of a record that nobody noted.
    @Test
    void marksNothingThatWasNotNoted() {
        OffsetMap map = OffsetMap.of(FIRST, FIRST + 1_000, 1 << 20, 0.9);
        put(map, "key", FIRST + 64);
        for (long offset = FIRST; offset < FIRST + 1_000; offset++) {
            assertEquals(offset == FIRST + 64, map.isMarked(offset), "at " + offset);
            assertEquals(offset == FIRST + 64, map.isLatest(offset), "at " + offset);
        }
        put(map, "key", FIRST + 65);
        assertTrue(map.isMarked(FIRST + 64));
        assertFalse(map.isLatest(FIRST + 64));
    }

    @Test
    void doesWithoutMarksWhereTheyTakeTooMuch() {
        int records = 1 << 20; // 256 KB of marks
        for (int megabytes = 4; megabytes <= 5; megabytes++) {
            OffsetMap map = OffsetMap.of(FIRST, FIRST + records, megabytes << 20, 0.9);
            put(map, "key", FIRST);
            assertEquals(megabytes == 5, map.isMarked(FIRST));
            assertEquals(FIRST, map.latest(hash("key")));
        }
    }

    /// Keys that are fetched first are found, and put, as without.
    @Test
    void fetchingChangesNothing() {
        OffsetMap map = OffsetMap.of(FIRST, FIRST + 100, 1 << 20, 0.9);
        put(map, "known", FIRST);
        map.fetch(new long[] {hash("known").high(), hash("other").high()}, 2);
        assertEquals(1, map.keys());
        assertEquals(FIRST, map.latest(hash("known")));
        assertEquals(-1, map.latest(hash("other")));
    }

    @Test
    void offsetsMayBeFourBillionAway() {
        var map = OffsetMap.wide(FIRST, 10, 0.9);
        assertTrue(put(map, "near", FIRST));
        assertTrue(put(map, "far", FIRST + OffsetMap.FARTHEST));
        assertFalse(put(map, "near", FIRST + OffsetMap.FARTHEST + 1));
        assertEquals(FIRST, map.latest(hash("near")));
        assertEquals(FIRST + OffsetMap.FARTHEST, map.latest(hash("far")));
    }

    @Test
    void isWideWhereAllOffsetsWouldFit() {
        long bytes = 1 << 20;
        assertTrue(OffsetMap.of(0, 40_000, bytes, 0.9).isWide());
        assertEquals(40_000, OffsetMap.of(0, 40_000, bytes, 0.9).most(), 10);
        assertFalse(OffsetMap.of(0, 50_000, bytes, 0.9).isWide());
        assertTrue(OffsetMap.of(0, 1, 60, 0.9).isWide());
    }

    /// 80 million keys in a gibibyte; checked in a 64th of it.
    @Test
    void holdsEightyMillionKeysInAGibibyte() {
        OffsetMap map = OffsetMap.of(FIRST, FIRST + (1L << 32), (1L << 30) / 64, 0.9);
        assertFalse(map.isWide());
        assertTrue(64L * map.most() >= 80_000_000L, "only " + 64L * map.most());
        fill(map);
    }
}
