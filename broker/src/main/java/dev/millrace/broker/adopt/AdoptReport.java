package dev.millrace.broker.adopt;

import java.util.List;

/// What was adopted.
///
/// @param version of Kafka's metadata, `4.3-IV0`
/// @param topics with the internal ones
/// @param records in the logs, markers of transactions not counted
/// @param settings of topics, brokers, groups and client metrics
/// @param nextProducerId from which producers get theirs
/// @param notes sentences that somebody should read
public record AdoptReport(
        String clusterId,
        int nodeId,
        String version,
        int topics,
        int partitions,
        long records,
        long bytes,
        int settings,
        long nextProducerId,
        List<String> notes) {}
