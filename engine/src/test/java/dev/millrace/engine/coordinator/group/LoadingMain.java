package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.GroupRecord.OffsetCommitted;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// How long a million offsets take to load, and how much memory one takes: 1,000 groups with 1,000 partitions each, from a log
/// in memory. Run as a main program on the test class path, with no other argument than how often.
final class LoadingMain {
    private static final int GROUPS = 1_000;
    private static final int PARTITIONS = 1_000;

    private LoadingMain() {}

    public static void main(String[] args) {
        var world = new GroupWorld();
        for (int group = 0; group < GROUPS; group++) {
            world.log.write(commits("group-" + group));
        }
        int rounds = args.length == 0 ? 5 : Integer.parseInt(args[0]);
        for (int round = 0; round < rounds; round++) {
            world.log.lose();
            world.groups.resign(0, Integer.MAX_VALUE);
            long before = used();
            long startedNs = System.nanoTime();
            world.groups.lead(0, world.log.lead());
            long tookMs = (System.nanoTime() - startedNs) / 1_000_000;
            long bytes = used() - before;
            System.out.printf(
                    "%d offsets in %d ms, %.1f bytes each%n",
                    world.shard().offsets().size(), tookMs, bytes / (double) (GROUPS * PARTITIONS));
        }
    }

    private static MemoryRecords commits(String group) {
        List<SimpleRecord> records = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            var offset =
                    new CommittedOffset(
                            partition * 17L, -1, "", 1, CommittedOffset.NEVER, new Uuid(7, 7));
            records.add(Written.record(new OffsetCommitted(group, "orders", partition, offset), 1));
        }
        return MemoryRecords.withRecords(Compression.NONE, records.toArray(SimpleRecord[]::new));
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
