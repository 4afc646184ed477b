package dev.millrace.engine.telemetry;

import java.nio.ByteBuffer;

/// One push that was accepted.
///
/// @param sequence rises by one with every push this node accepts, from 0
/// @param receivedMs wall time
/// @param terminating the client said that it was its last
/// @param metrics OpenTelemetry `MetricsData` v1 in protobuf, uncompressed; read-only, from its position 0:
///     read a duplicate
public record TelemetryPush(
        long sequence,
        long receivedMs,
        TelemetryClient client,
        boolean terminating,
        ByteBuffer metrics) {}
