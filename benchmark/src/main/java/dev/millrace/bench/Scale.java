package dev.millrace.bench;

/// How much of everything: quick amounts keep the main suite under ten minutes on two cores, full ones take half an hour
/// or more. What is written is meant for each node: of three, each has as much to do, and as much of its code compiled, as one
/// alone.
///
/// @param coldBytes first traffic of a fresh process
/// @param warmBytes traffic before the rows that want compiled code, of each kind, not measured
/// @param produceBytes per produce row in flush mode `os`
/// @param flushedBytes per produce row in flush mode `ack`, where the disk sets the pace
/// @param smallRequests of one record each, in the rows that count requests
/// @param consumeBytes log bytes per consume row; the topic holds `produceBytes` and is read again from its beginning
public record Scale(
        String name,
        int pairs,
        long coldBytes,
        long warmBytes,
        long produceBytes,
        long flushedBytes,
        long smallRequests,
        long consumeBytes,
        double idleSettleSeconds,
        double idleSeconds,
        double latencyWarmSeconds,
        double latencySeconds) {
    private static final long MB = 1_000_000;

    public static final Scale QUICK =
            new Scale(
                    "quick", 3, 128 * MB, 128 * MB, 256 * MB, 96 * MB, 60_000, 1000 * MB, 3, 4, 1.5,
                    4);
    public static final Scale FULL =
            new Scale(
                    "full", 5, 256 * MB, 500 * MB, 1000 * MB, 500 * MB, 500_000, 4000 * MB, 10, 15,
                    3, 20);

    Scale withPairs(int count) {
        return new Scale(
                name,
                count,
                coldBytes,
                warmBytes,
                produceBytes,
                flushedBytes,
                smallRequests,
                consumeBytes,
                idleSettleSeconds,
                idleSeconds,
                latencyWarmSeconds,
                latencySeconds);
    }

    /// One line for a report.
    String describe() {
        return "%s: %d pairs in alternation; for each node %d MB per produce row (%d MB in flush mode ack); %d MB per consume row"
                .formatted(name, pairs, produceBytes / MB, flushedBytes / MB, consumeBytes / MB);
    }
}
