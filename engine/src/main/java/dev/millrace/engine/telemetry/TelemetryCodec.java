package dev.millrace.engine.telemetry;

import dev.millrace.engine.log.SnappyChunks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.jspecify.annotations.Nullable;

/// Unpacks a push without letting a small one become a large one.
final class TelemetryCodec {
    private static final int CHUNK = 8 * 1024;

    private TelemetryCodec() {}

    /// The metrics uncompressed, or null when they are damaged or would be more than `maxBytes`.
    static @Nullable ByteBuffer plain(ByteBuffer metrics, CompressionType type, int maxBytes) {
        if (type == CompressionType.SNAPPY
                && !fits(SnappyChunks.unpackedBytes(metrics), maxBytes)) {
            return null; // the library would allocate what it says
        }
        var plain = new ByteArrayOutputStream(Math.min(maxBytes, metrics.remaining() * 2));
        try (InputStream in =
                Compression.of(type)
                        .build()
                        .wrapForInput(
                                metrics.duplicate(),
                                RecordBatch.CURRENT_MAGIC_VALUE,
                                BufferSupplier.NO_CACHING)) {
            var chunk = new byte[CHUNK];
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                if (plain.size() + read > maxBytes) {
                    return null;
                }
                plain.write(chunk, 0, read);
            }
            return ByteBuffer.wrap(plain.toByteArray()).asReadOnlyBuffer();
        } catch (IOException | RuntimeException | StackOverflowError _) {
            // What the codecs throw at bytes that are not theirs: each has its own.
            return null;
        }
    }

    private static boolean fits(long unpacked, int maxBytes) {
        return unpacked != SnappyChunks.DAMAGED && unpacked <= maxBytes;
    }
}
