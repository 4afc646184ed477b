package dev.millrace.bench;

import dev.millrace.bench.Workload.Load;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.wire.RecordBatches.Codec;
import java.util.List;
import java.util.Locale;

/// The rows that every run has: start, produce, consume, latency, memory. In the order in which a session runs them; a new row
/// is a line here, and all of them together stay under ten minutes with three pairs.
final class MainWorkloads {
    private static final int ALL = -1;
    private static final int KB = 1024;

    private MainWorkloads() {}

    static List<Workload> rows() {
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

    private static Produce produce(Load load, FlushMode flush, int acks, Codec codec) {
        String id =
                "produce.%s.%s.acks-%s.%s"
                        .formatted(load.label(), flush.label(), acks(acks), label(codec));
        return produce(id, load, flush, acks, codec, true);
    }

    private static Produce produce(
            String id, Load load, FlushMode flush, int acks, Codec codec, boolean warm) {
        String floor =
                "produce.raw.%s.acks-%s.%s".formatted(flush.label(), acks(acks), label(codec));
        return new Produce(
                id,
                "produce%s, flush %s, acks %s, %s"
                        .formatted(warm ? "" : " cold", flush.label(), acks(acks), label(codec)),
                load,
                flush,
                acks,
                codec,
                Produce.Shape.USUAL,
                Produce.Client.usual(acks),
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
                1,
                false,
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

    private static String label(Codec codec) {
        return codec.name().toLowerCase(Locale.ROOT);
    }
}
