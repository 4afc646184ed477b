package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The one file of a log that Kafka does not know (and ignores): the offset of a truncation that cut what a checkpoint may call
/// flushed. Recovery begins at the lesser of the two.
final class TruncationPoint {
    private TruncationPoint() {}

    static ByteBuffer encode(long offset) {
        return ByteBuffer.wrap((offset + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /// `Long.MAX_VALUE` when there is none; 0 when it cannot be read, which means to check everything.
    static long load(Storage directory) throws IOException {
        byte[] bytes = directory.readAll(LogFiles.TRUNCATION_POINT);
        if (bytes == null) {
            return Long.MAX_VALUE;
        }
        try {
            return Long.parseLong(new String(bytes, StandardCharsets.US_ASCII).strip());
        } catch (NumberFormatException damaged) {
            return 0;
        }
    }
}
