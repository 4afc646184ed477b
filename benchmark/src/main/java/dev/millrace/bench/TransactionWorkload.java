package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.load.LoadResult;
import dev.millrace.bench.peer.FlushMode;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// One producer's transactions, one after the other.
///
/// @param records in each, over two partitions
record TransactionWorkload(String id, String title, FlushMode flush, int records)
        implements Workload {
    private static final int PARTITIONS = 2;
    private static final int RECORD_BYTES = 100;

    static List<Workload> rows() {
        return List.of(
                row(FlushMode.OS, 1),
                row(FlushMode.OS, 10),
                row(FlushMode.OS, 100),
                row(FlushMode.ACK, 1),
                row(FlushMode.ACK, 10),
                row(FlushMode.ACK, 100));
    }

    private static Workload row(FlushMode flush, int records) {
        return new TransactionWorkload(
                "transactions.%d.%s".formatted(records, flush.label()),
                "transactions of %d record%s, flush %s"
                        .formatted(records, records == 1 ? "" : "s", flush.label()),
                flush,
                records);
    }

    @Override
    public Load load() {
        return Load.CLIENT;
    }

    @Override
    public boolean warm() {
        return true;
    }

    @Override
    public String note() {
        return "transactions: records of 100 B to 2 partitions, one producer, each transaction from begin to the answer to its commit;"
                + " the topic and __transaction_state in the same flush mode.";
    }

    @Override
    public Map<Metric, Double> measure(Session session) throws IOException {
        LoadJob.Target target = session.createTopic(id, PARTITIONS, flush, -1);
        session.run(
                new LoadJob.SetTransactionsTopic(
                        target, session.running().peer().dialect().topicConfigs(flush)));
        long cpuNs = session.running().cpuNanos();
        LoadResult done =
                session.run(
                        new LoadJob.Transactions(
                                target,
                                records,
                                RECORD_BYTES,
                                session.scale().latencyWarmSeconds(),
                                session.scale().latencySeconds()));
        double share = 100.0 * (session.running().cpuNanos() - cpuNs) / done.elapsedNs();
        session.deleteTopic(target);
        Map<Metric, Double> result = new EnumMap<>(Metric.class);
        result.put(Metric.TRANSACTIONS, done.records() * 1e9 / done.elapsedNs());
        result.put(Metric.P50, done.percentilesMs().getOrDefault("p50", Double.NaN));
        result.put(Metric.P99, done.percentilesMs().getOrDefault("p99", Double.NaN));
        result.put(Metric.P999, done.percentilesMs().getOrDefault("p99.9", Double.NaN));
        result.put(Metric.CPU_SHARE, share);
        return result;
    }
}
