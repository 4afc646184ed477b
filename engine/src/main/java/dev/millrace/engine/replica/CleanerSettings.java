package dev.millrace.engine.replica;

import dev.millrace.engine.log.CompactionLimits;

/// What compaction may use on this broker; each is the Kafka setting of the same name, and may change while it runs.
///
/// @param enabled `log.cleaner.enable`
/// @param threads `log.cleaner.threads`: passes at a time
/// @param dedupeBufferBytes `log.cleaner.dedupe.buffer.size`: the maps of all passes
/// @param ioBufferBytes `log.cleaner.io.buffer.size`: the blocks of all passes
/// @param loadFactor `log.cleaner.io.buffer.load.factor`: how full a map may get
/// @param maxBytesPerSecond `log.cleaner.io.max.bytes.per.second`, read and written by all passes
/// @param backoffMs `log.cleaner.backoff.ms`: how long nobody looks when nothing was due
public record CleanerSettings(
        boolean enabled,
        int threads,
        long dedupeBufferBytes,
        int ioBufferBytes,
        double loadFactor,
        double maxBytesPerSecond,
        long backoffMs) {
    /// Reads and writes with a block each.
    private static final int BLOCKS = 2;

    /// Where a broker's settings are.
    @FunctionalInterface
    public interface Source {
        String of(String key, String otherwise);
    }

    public CleanerSettings {
        threads = Math.max(0, threads);
        backoffMs = Math.max(1, backoffMs);
    }

    /// @param source tells valid values
    public static CleanerSettings from(Source source) {
        return new CleanerSettings(
                Boolean.parseBoolean(source.of("log.cleaner.enable", "true").strip()),
                Integer.parseInt(source.of("log.cleaner.threads", "1").strip()),
                Long.parseLong(source.of("log.cleaner.dedupe.buffer.size", "134217728").strip()),
                Integer.parseInt(source.of("log.cleaner.io.buffer.size", "524288").strip()),
                Double.parseDouble(source.of("log.cleaner.io.buffer.load.factor", "0.9").strip()),
                Double.parseDouble(
                        source.of(
                                        "log.cleaner.io.max.bytes.per.second",
                                        Double.toString(Double.MAX_VALUE))
                                .strip()),
                Long.parseLong(source.of("log.cleaner.backoff.ms", "15000").strip()));
    }

    /// What one pass gets of it.
    CompactionLimits limits() {
        int passes = Math.max(1, threads);
        return new CompactionLimits(
                dedupeBufferBytes / passes,
                loadFactor,
                ioBufferBytes / passes / BLOCKS,
                CompactionLimits.DEFAULTS.unpackBytes());
    }
}
