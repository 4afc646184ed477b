package dev.millrace.bench.load;

import java.util.Map;

/// What came of a job.
///
/// @param error empty when it went well
/// @param bytes payload produced (values, uncompressed) or log bytes fetched
/// @param elapsedNs from the first request to the last answer
/// @param clientCpuNs CPU time of the load process meanwhile
/// @param percentilesMs for `EndToEnd`: "p50", "p99", "p99.9", "max"
public record LoadResult(
        String error,
        long records,
        long bytes,
        long elapsedNs,
        long clientCpuNs,
        long topicIdHigh,
        long topicIdLow,
        Map<String, Double> percentilesMs) {

    public static LoadResult failed(String why) {
        return new LoadResult(why, 0, 0, 0, 0, 0, 0, Map.of());
    }

    static LoadResult moved(long records, long bytes, long elapsedNs) {
        return new LoadResult("", records, bytes, elapsedNs, 0, 0, 0, Map.of());
    }

    LoadResult withClientCpu(long nanos) {
        return new LoadResult(
                error, records, bytes, elapsedNs, nanos, topicIdHigh, topicIdLow, percentilesMs);
    }
}
