package dev.millrace.engine.log;

import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/// A plan to read: whole batches that lie together in one file. The edge transfers the bytes without copying them; the engine
/// itself reads them only where it must look inside.
///
/// Stands in Kafka's response messages as their records (`BaseRecords`).
///
/// @param file the segment's file, valid until `file.delete.delay.ms` after its deletion
/// @param position of the first byte, 0 or more
/// @param sizeInBytes 0 or more
public record StoredRecords(StoredFile file, long position, int sizeInBytes)
        implements BaseRecords {
    /// The bytes, read into memory.
    public MemoryRecords load() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(sizeInBytes);
        int read = file.read(position, bytes);
        if (read != sizeInBytes) {
            throw new IOException(
                    "%s: wanted %d bytes at %d, found %d"
                            .formatted(file.name(), sizeInBytes, position, read));
        }
        return MemoryRecords.readableRecords(bytes.flip());
    }

    /// Only for Kafka's own encoder, which wants a copy; the edge has its own that asks for the file.
    @Override
    public RecordsSend<? extends BaseRecords> toSend() {
        try {
            return load().toSend();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
