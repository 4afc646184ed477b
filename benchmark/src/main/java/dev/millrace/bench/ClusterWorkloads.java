package dev.millrace.bench;

import dev.millrace.bench.Produce.Client;
import dev.millrace.bench.Produce.Shape;
import dev.millrace.bench.Workload.Load;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.wire.RecordBatches.Codec;
import java.util.List;
import java.util.Locale;

/// Three nodes on this one machine, three replicas of everything, acks=all: what they cost together. In the order in which a
/// session runs them.
final class ClusterWorkloads {
    private static final int ALL = -1;
    private static final int PARTITIONS = 6;
    private static final int KB = 1024;

    private ClusterWorkloads() {}

    static List<Workload> rows() {
        return List.of(
                new Workload.Start("cluster.start", "three nodes start, storage empty"),
                new Workload.Idle("cluster.idle", "three nodes idle after start", false),
                produce(Load.RAW, FlushMode.OS, Codec.NONE),
                produce(Load.RAW, FlushMode.OS, Codec.LZ4),
                produce(Load.RAW, FlushMode.ACK, Codec.NONE),
                produce(Load.CLIENT, FlushMode.OS, Codec.NONE),
                produce(Load.CLIENT, FlushMode.OS, Codec.LZ4),
                produce(Load.CLIENT, FlushMode.ACK, Codec.NONE),
                latency(FlushMode.OS),
                latency(FlushMode.ACK),
                new RawLatency(
                        "cluster.latency.raw.1000.os",
                        "three replicas, latency at 1,000/s, flush os",
                        FlushMode.OS,
                        ALL,
                        1_000,
                        KB),
                new Workload.Idle(
                        "cluster.memory.after", "three nodes idle after the traffic above", true));
    }

    private static Workload produce(Load load, FlushMode flush, Codec codec) {
        String words = codec.name().toLowerCase(Locale.ROOT);
        return new Produce(
                "cluster.produce.%s.%s.%s".formatted(load.label(), flush.label(), words),
                "three replicas, produce, flush %s, %s".formatted(flush.label(), words),
                load,
                flush,
                ALL,
                codec,
                Shape.USUAL.withPartitions(PARTITIONS),
                Client.usual(ALL),
                true,
                "");
    }

    private static Workload latency(FlushMode flush) {
        return new Workload.Latency(
                "cluster.latency.client.1000." + flush.label(),
                "three replicas, end to end at 1,000/s, flush " + flush.label(),
                flush,
                ALL,
                1_000,
                KB);
    }
}
