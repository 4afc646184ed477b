package dev.millrace.engine.replica;

/// How followers fetch: Kafka's settings of the same names.
///
/// @param waitMs `replica.fetch.wait.max.ms`
/// @param minBytes `replica.fetch.min.bytes`
/// @param maxBytes `replica.fetch.max.bytes`, of one partition
/// @param responseBytes `replica.fetch.response.max.bytes`
/// @param backoffMs `replica.fetch.backoff.ms`
/// @param timeoutMs `replica.socket.timeout.ms`
public record FetcherSettings(
        int waitMs, int minBytes, int maxBytes, int responseBytes, int backoffMs, int timeoutMs) {}
