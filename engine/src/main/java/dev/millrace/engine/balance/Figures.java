package dev.millrace.engine.balance;

/// What a broker tells of one of its replicas.
///
/// @param bytes of its log
/// @param appended bytes since the broker's start; -1 when it does not say
/// @param served bytes that consumers have read since the broker's start; -1 when it does not say
public record Figures(long bytes, long appended, long served) {
    static final long UNKNOWN = -1;
}
