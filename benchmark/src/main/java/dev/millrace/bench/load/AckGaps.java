package dev.millrace.bench.load;

import java.util.Arrays;

/// The longest time that each partition was without an acknowledgement, the present included.
final class AckGaps {
    private final long[] lastNs;
    private final long[] longestNs;

    AckGaps(int partitions) {
        lastNs = new long[partitions];
        longestNs = new long[partitions];
    }

    /// What was before does not count.
    synchronized void begin(long nowNs) {
        Arrays.fill(lastNs, nowNs);
        Arrays.fill(longestNs, 0);
    }

    synchronized void acknowledged(int partition, long nowNs) {
        longestNs[partition] = Math.max(longestNs[partition], nowNs - lastNs[partition]);
        lastNs[partition] = nowNs;
    }

    /// Whether each partition has acknowledged within that time.
    synchronized boolean allWithin(long timeNs, long nowNs) {
        return Arrays.stream(lastNs).allMatch(last -> nowNs - last <= timeNs);
    }

    synchronized long longestNs(int partition, long nowNs) {
        return Math.max(longestNs[partition], nowNs - lastNs[partition]);
    }
}
