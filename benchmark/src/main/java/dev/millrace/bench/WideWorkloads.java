package dev.millrace.bench;

import dev.millrace.bench.Produce.Client;
import dev.millrace.bench.Produce.Shape;
import dev.millrace.bench.Workload.Load;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.wire.RecordBatches.Codec;
import java.util.List;
import java.util.Locale;

/// The matrix beside the main rows: sizes, codecs, partitions, lingers, many consumers, cold reads, idle connections, other
/// rates. In the order in which a session runs them: first what wants a fresh process. A new row is a line here.
final class WideWorkloads {
    private static final int ALL = -1;
    private static final int KB = 1024;
    private static final String USUAL_ROW = "records.raw.1kb";
    private static final Client LINGER_5 = new Client(5, false, false);

    private WideWorkloads() {}

    static List<Workload> rows() {
        return List.of(
                new StartAgain("start.again.cold", "start again, from disk", true),
                new StartAgain("start.again.warm", "start again, from the page cache", false),
                new ManyConnections.Idle(
                        "connections.idle",
                        "2,000 connections, each asks every 10 s",
                        2_000,
                        10_000),
                new ManyConnections.Waiting(
                        "connections.waiting",
                        "1,000 consumers wait for 10 records/s",
                        1_000,
                        10,
                        10),
                records("100b", "100 B", 100),
                records("1kb", "1 KB", KB),
                records("10kb", "10 KB", 10 * KB),
                partitions(Load.RAW, 1),
                partitions(Load.RAW, 16),
                partitions(Load.RAW, 200),
                partitions(Load.CLIENT, 1),
                partitions(Load.CLIENT, 16),
                partitions(Load.CLIENT, 200),
                zstd(Load.RAW),
                zstd(Load.CLIENT),
                client("linger.client.0", "produce, linger 0", 1, new Client(0, false, false)),
                client("linger.client.5", "produce, linger 5 ms", 1, LINGER_5),
                client("idempotent.client.yes", "produce idempotent", ALL, Client.usual(ALL)),
                client("idempotent.client.no", "produce not idempotent", ALL, LINGER_5),
                small(FlushMode.OS),
                small(FlushMode.ACK),
                lz4(Load.RAW),
                lz4(Load.CLIENT),
                consumers(1),
                consumers(5),
                consumers(20),
                cold(Load.RAW),
                cold(Load.CLIENT),
                rawLatency(1_000, FlushMode.OS, 1),
                rawLatency(200, FlushMode.ACK, ALL),
                latency(10, FlushMode.OS, ALL),
                latency(10, FlushMode.ACK, ALL),
                latency(20_000, FlushMode.OS, 1),
                latency(20_000, FlushMode.OS, ALL),
                latency(20_000, FlushMode.ACK, ALL));
    }

    private static Workload records(String label, String words, int bytes) {
        String id = "records.raw." + label;
        return new Produce(
                id,
                "produce records of " + words,
                Load.RAW,
                FlushMode.OS,
                1,
                Codec.NONE,
                Shape.USUAL.withRecords(bytes),
                LINGER_5,
                true,
                id);
    }

    /// The client sends to all of them in turn; left alone it would fill a batch for one before it goes to another.
    private static Workload partitions(Load load, int count) {
        return new Produce(
                "partitions.%s.%d".formatted(load.label(), count),
                "produce to %d partition%s in turn".formatted(count, count == 1 ? "" : "s"),
                load,
                FlushMode.OS,
                1,
                Codec.NONE,
                Shape.USUAL.withPartitions(count),
                new Client(5, false, true),
                true,
                "partitions.raw." + count);
    }

    private static Workload zstd(Load load) {
        return new Produce(
                "produce.%s.os.acks-all.zstd".formatted(load.label()),
                "produce, flush os, acks all, zstd",
                load,
                FlushMode.OS,
                ALL,
                Codec.ZSTD,
                Shape.USUAL,
                Client.usual(ALL),
                true,
                "produce.raw.os.acks-all.zstd");
    }

    private static Workload client(String id, String title, int acks, Client client) {
        return new Produce(
                id,
                "%s, acks %s".formatted(title, acks == ALL ? "all" : acks),
                Load.CLIENT,
                FlushMode.OS,
                acks,
                Codec.NONE,
                Shape.USUAL,
                client,
                true,
                USUAL_ROW);
    }

    private static Workload small(FlushMode flush) {
        return new Workload.SmallRequests(
                "small.raw.%s.acks-all".formatted(flush.label()),
                "1 record a request, flush %s, acks all".formatted(flush.label()),
                flush,
                ALL);
    }

    private static Workload lz4(Load load) {
        return new Workload.Consume(
                "consume.%s.hot.lz4".formatted(load.label()),
                "consume from page cache, lz4",
                load,
                Codec.LZ4,
                2,
                1,
                false,
                load == Load.RAW ? "consume.raw.hot.lz4" : "");
    }

    private static Workload consumers(int count) {
        return new Workload.Consume(
                "consumers.client." + count,
                "%d consumer%s of 20 partitions".formatted(count, count == 1 ? "" : "s"),
                Load.CLIENT,
                Codec.NONE,
                20,
                count,
                false,
                "");
    }

    private static Workload cold(Load load) {
        return new Workload.Consume(
                "consume.%s.cold.none".formatted(load.label()),
                "consume from disk",
                load,
                Codec.NONE,
                2,
                1,
                true,
                "consume.raw.cold.none");
    }

    /// Where every record is flushed alone (Kafka, the floor), the rate must be one that a disk keeps up with.
    private static Workload rawLatency(int perSecond, FlushMode flush, int acks) {
        return new RawLatency(
                "latency.raw.%d.%s.acks-%s".formatted(perSecond, flush.label(), acks(acks)),
                String.format(
                        Locale.ROOT,
                        "latency at %,d/s, flush %s, acks %s",
                        perSecond,
                        flush.label(),
                        acks(acks)),
                flush,
                acks,
                perSecond,
                KB);
    }

    private static Workload latency(int perSecond, FlushMode flush, int acks) {
        return new Workload.Latency(
                "latency.%d.%s.acks-%s".formatted(perSecond, flush.label(), acks(acks)),
                String.format(
                        Locale.ROOT,
                        "end to end at %,d/s, flush %s, acks %s",
                        perSecond,
                        flush.label(),
                        acks(acks)),
                flush,
                acks,
                perSecond,
                KB);
    }

    private static String acks(int acks) {
        return acks == ALL ? "all" : Integer.toString(acks);
    }
}
