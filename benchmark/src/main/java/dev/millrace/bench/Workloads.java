package dev.millrace.bench;

import dev.millrace.bench.Workload.Load;
import dev.millrace.bench.load.LoadJob.GroupKind;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.wire.RecordBatches.Codec;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// The list of what is measured, in the order in which a session runs it. A new row is a line here.
public final class Workloads {
    private static final int ALL = -1;
    private static final int KB = 1024;

    private Workloads() {}

    public static List<Workload> all() {
        return List.of(
                new Workload.Start("start", "start, storage empty"),
                new Workload.Idle("idle", "idle after start", false),
                produce("produce.cold", Load.RAW, FlushMode.OS, ALL, Codec.NONE, false),
                produce(Load.RAW, FlushMode.OS, 1, Codec.NONE),
                produce(Load.RAW, FlushMode.OS, ALL, Codec.NONE),
                produce(Load.RAW, FlushMode.OS, 1, Codec.LZ4),
                produce(Load.RAW, FlushMode.OS, ALL, Codec.LZ4),
                produce(Load.RAW, FlushMode.ACK, 1, Codec.NONE),
                produce(Load.RAW, FlushMode.ACK, ALL, Codec.NONE),
                produce(Load.RAW, FlushMode.ACK, 1, Codec.LZ4),
                produce(Load.RAW, FlushMode.ACK, ALL, Codec.LZ4),
                new Workload.SmallRequests(
                        "small.raw.os.acks-1",
                        "1 record a request, flush os, acks 1",
                        FlushMode.OS,
                        1),
                produce(Load.CLIENT, FlushMode.OS, 1, Codec.NONE),
                produce(Load.CLIENT, FlushMode.OS, ALL, Codec.NONE),
                produce(Load.CLIENT, FlushMode.OS, ALL, Codec.LZ4),
                produce(Load.CLIENT, FlushMode.ACK, ALL, Codec.NONE),
                consume(Load.RAW),
                consume(Load.CLIENT),
                latency(FlushMode.OS, 1),
                latency(FlushMode.OS, ALL),
                latency(FlushMode.ACK, ALL),
                new Workload.Idle("memory.after", "idle after all the traffic above", true));
    }

    /// What the coordinator of groups costs: minutes of its own, and a process that is restarted.
    static List<Workload> groups() {
        return List.of(
                heartbeats(GroupKind.CLASSIC, 3_000),
                heartbeats(GroupKind.CONSUMER, 5_000),
                rebalance(GroupKind.CLASSIC),
                rebalance(GroupKind.CONSUMER),
                commits(FlushMode.OS),
                new GroupWorkload.Reload(
                        "groups.reload", "restart with 1 million offsets", 10_000, 100),
                commits(FlushMode.ACK));
    }

    /// Those whose id the pattern finds; those of groups only when the pattern names them.
    public static List<Workload> matching(Pattern pattern) {
        List<Workload> some = pattern.pattern().startsWith("groups") ? groups() : all();
        return some.stream().filter(w -> pattern.matcher(w.id()).find()).toList();
    }

    private static Workload heartbeats(GroupKind kind, int heartbeatMs) {
        return new GroupWorkload.Heartbeats(
                "groups.idle." + label(kind),
                "500 groups x 10 members, %s, heartbeats every %d s"
                        .formatted(label(kind), heartbeatMs / 1_000),
                kind,
                500,
                10,
                heartbeatMs);
    }

    private static Workload commits(FlushMode flush) {
        return new GroupWorkload.Commits(
                "groups.commits.2000." + flush.label(),
                "2,000 offset commits a second, flush " + flush.label(),
                flush,
                2_000);
    }

    private static Workload rebalance(GroupKind kind) {
        return new GroupWorkload.Rebalance(
                "groups.rebalance." + label(kind),
                "a 200th member joins, %s, heartbeats every 200 ms".formatted(label(kind)),
                kind,
                200,
                200);
    }

    private static Workload.Produce produce(Load load, FlushMode flush, int acks, Codec codec) {
        String id =
                "produce.%s.%s.acks-%s.%s"
                        .formatted(load.label(), flush.label(), acks(acks), label(codec));
        return produce(id, load, flush, acks, codec, true);
    }

    private static Workload.Produce produce(
            String id, Load load, FlushMode flush, int acks, Codec codec, boolean warm) {
        String floor =
                "produce.raw.%s.acks-%s.%s".formatted(flush.label(), acks(acks), label(codec));
        return new Workload.Produce(
                id,
                "produce%s, flush %s, acks %s, %s"
                        .formatted(warm ? "" : " cold", flush.label(), acks(acks), label(codec)),
                load,
                flush,
                acks,
                codec,
                KB,
                64 * KB,
                5,
                2,
                warm,
                floor);
    }

    private static Workload.Consume consume(Load load) {
        return new Workload.Consume(
                "consume.%s.hot.none".formatted(load.label()),
                "consume from page cache",
                load,
                Codec.NONE,
                2,
                "consume.raw.hot.none");
    }

    private static Workload.Latency latency(FlushMode flush, int acks) {
        return new Workload.Latency(
                "latency.1000.%s.acks-%s".formatted(flush.label(), acks(acks)),
                "end to end at 1,000/s, flush %s, acks %s".formatted(flush.label(), acks(acks)),
                flush,
                acks,
                1000,
                KB);
    }

    private static String acks(int acks) {
        return acks == ALL ? "all" : Integer.toString(acks);
    }

    private static String label(GroupKind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static String label(Codec codec) {
        return codec.name().toLowerCase(Locale.ROOT);
    }
}
