package dev.millrace.engine.log;

/// What a pass may use.
///
/// @param mapBytes memory for the map of offsets
/// @param mapLoad how full the map may get, above 0 and below 1
/// @param blockBytes read, and written, at a time
/// @param unpackBytes what one compressed batch may unpack to
public record CompactionLimits(long mapBytes, double mapLoad, int blockBytes, int unpackBytes) {
    private static final int LEAST_BLOCK = 4 << 10;
    private static final int UNPACK = 64 << 20;
    private static final int UNPACK_RATIO = 32;

    /// Kafka's defaults.
    public static final CompactionLimits DEFAULTS =
            new CompactionLimits(128L << 20, 0.9, 256 << 10, UNPACK);

    public CompactionLimits {
        mapLoad = Math.clamp(mapLoad, 0.01, 0.95);
        blockBytes = Math.max(LEAST_BLOCK, blockBytes);
    }

    /// Those for a log whose batches may be larger than most.
    CompactionLimits forBatchesOf(int maxMessageBytes) {
        long wanted = Math.max(unpackBytes, (long) UNPACK_RATIO * maxMessageBytes);
        return new CompactionLimits(
                mapBytes, mapLoad, blockBytes, (int) Math.min(Integer.MAX_VALUE - 8L, wanted));
    }
}
