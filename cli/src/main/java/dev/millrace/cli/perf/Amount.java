package dev.millrace.cli.perf;

/// How much, in how long.
///
/// @param bytes of keys and values, before compression
public record Amount(double seconds, long records, long bytes) {
    /// Records in a second.
    public double recordsPerSecond() {
        return Meter.rate(records, seconds);
    }

    /// Bytes in a second.
    public double bytesPerSecond() {
        return Meter.rate(bytes, seconds);
    }
}
