package dev.millrace.bench;

import dev.millrace.bench.Workload.Load;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.wire.RecordBatches.Codec;
import java.util.List;

/// What grows: partitions, connections, groups, ten and a hundred times as many.
final class ScaleWorkloads {
    private ScaleWorkloads() {}

    /// The growth rows come first: ten thousand partitions stay for the rest of a session.
    static List<Workload> rows() {
        return List.of(
                partitions(20),
                partitions(200),
                partitions(2_000),
                connections(20),
                connections(200),
                connections(2_000),
                groups(100),
                groups(1_000),
                new ManyPartitions.Create(
                        "scale.create.10000", "10,000 partitions made, then idle", 10),
                new ManyPartitions.Restart(
                        "scale.restart.10000", "started again with 10,000 partitions", 10));
    }

    private static Workload partitions(int count) {
        return new Produce(
                "growth.partitions." + count,
                "produce to %,d partitions".formatted(count),
                Load.RAW,
                FlushMode.OS,
                1,
                Codec.NONE,
                Produce.Shape.USUAL.withPartitions(count),
                Produce.Client.usual(1),
                true,
                "");
    }

    private static Workload connections(int count) {
        return new Growth.Connections(
                "growth.connections." + count,
                "produce beside %,d silent connections".formatted(count),
                count);
    }

    private static Workload groups(int count) {
        return new Growth.Groups(
                "growth.groups." + count, "commits of %,d groups".formatted(count), count);
    }
}
