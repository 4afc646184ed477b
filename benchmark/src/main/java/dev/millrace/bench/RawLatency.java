package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.load.LoadResult;
import dev.millrace.bench.peer.FlushMode;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/// Latency at a fixed rate by raw sockets, so that the broker is what is measured.
record RawLatency(
        String id, String title, FlushMode flush, int acks, int perSecond, int recordBytes)
        implements Workload {
    /// Enough for p99.9.
    private static final double LEAST_RECORDS = 1_000;

    @Override
    public Load load() {
        return Load.RAW;
    }

    @Override
    public boolean warm() {
        return true;
    }

    @Override
    public String floorRow() {
        return id;
    }

    @Override
    public String note() {
        return "latency raw: one record of 1 KB a request on one connection, and a consumer on another that always waits in a fetch;"
                + " from the instant a record was due. x floor: the same frames to a loop that writes and answers them, and wakes the"
                + " fetch; it holds the generator's own share (timers, threads, loopback).";
    }

    @Override
    public Map<Metric, Double> measure(Session session) throws IOException {
        LoadJob.Target target = session.createTopic(id, 1, flush, acks);
        Scale scale = session.scale();
        LoadResult done =
                session.run(
                        new LoadJob.RawLatency(
                                target,
                                acks,
                                perSecond,
                                recordBytes,
                                scale.latencyWarmSeconds(),
                                Math.max(scale.latencySeconds(), LEAST_RECORDS / perSecond)));
        session.deleteTopic(target);
        Map<String, Double> percentiles = done.percentilesMs();
        Map<Metric, Double> result = new EnumMap<>(Metric.class);
        result.put(Metric.ANSWER_P50, percentiles.getOrDefault("answer.p50", Double.NaN));
        result.put(Metric.ANSWER_P99, percentiles.getOrDefault("answer.p99", Double.NaN));
        result.put(Metric.ANSWER_P999, percentiles.getOrDefault("answer.p99.9", Double.NaN));
        result.put(Metric.FETCH_P50, percentiles.getOrDefault("fetch.p50", Double.NaN));
        result.put(Metric.FETCH_P99, percentiles.getOrDefault("fetch.p99", Double.NaN));
        result.put(Metric.FETCH_P999, percentiles.getOrDefault("fetch.p99.9", Double.NaN));
        return result;
    }
}
