package dev.millrace.cli.perf;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// What the first bytes of a record in a latency test say: which run wrote it (8 bytes), and which record of that run it is (8 bytes),
/// big-endian. So a run knows its own records among others on the topic, and when each was due.
public record Stamp(long run) {
    /// The room that it takes.
    public static final int BYTES = 2 * Long.BYTES;

    /// Writes over the beginning of a value.
    byte[] write(byte[] value, long index) {
        ByteBuffer.wrap(value).putLong(run).putLong(index);
        return value;
    }

    /// The index of a record of this run, or -1 for somebody else's.
    long index(byte @Nullable [] value) {
        if (value == null || value.length < BYTES) {
            return -1;
        }
        var bytes = ByteBuffer.wrap(value);
        return bytes.getLong() == run ? bytes.getLong() : -1;
    }
}
