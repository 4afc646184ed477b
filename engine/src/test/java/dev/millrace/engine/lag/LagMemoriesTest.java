package dev.millrace.engine.lag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// What is remembered of groups, and for how long.
final class LagMemoriesTest {
    private final LagMemories memories = new LagMemories();

    private static Map<TopicPartition, PartitionMemory> partitions(int count) {
        var partitions =
                new TreeMap<TopicPartition, PartitionMemory>(
                        Comparator.comparingInt(TopicPartition::partition));
        for (int i = 0; i < count; i++) {
            partitions.put(new TopicPartition("t", i), new PartitionMemory());
        }
        return partitions;
    }

    private int room() {
        return memories.room("somebody else");
    }

    @Test
    void groupsThatNobodyAsksAboutAnyMoreAreForgotten() {
        var often = partitions(3);
        memories.put("once", partitions(10), 0);
        memories.put("often", partitions(2), 0);
        memories.put("often", often, Pace.WINDOW_MS);
        assertEquals(2, memories.groups());
        assertEquals(LagMemories.MOST_PARTITIONS - 13, room());

        memories.put("another", partitions(1), Pace.WINDOW_MS + 1);

        assertEquals(Map.of(), memories.of("once"));
        assertSame(often, memories.of("often"));
        assertEquals(2, memories.groups());
        assertEquals(LagMemories.MOST_PARTITIONS - 4, room());
    }

    @Test
    void aGroupHasRoomForWhatItHasAndWhatIsLeft() {
        memories.put("a", partitions(10), 0);
        memories.put("b", partitions(20), 0);
        assertEquals(LagMemories.MOST_PARTITIONS - 20, memories.room("a"));
        memories.put("a", partitions(5), 0);
        assertEquals(LagMemories.MOST_PARTITIONS - 25, room());
        memories.retain(Set.of("a"));
        assertEquals(LagMemories.MOST_PARTITIONS - 5, room());
    }
}
