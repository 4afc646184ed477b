package dev.millrace.engine.env;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// One append-only file of a [Storage].
///
/// Contract, checked by `StorageContract` against every implementation:
/// - one appender at a time; reads may go on at the same time, of bytes that [#size()] covered when they began;
/// - what was appended is readable at once; after [#sync()] returns it survives a crash, before that any part of it may be
///   lost or torn, in any order;
/// - a failed `sync` leaves the unsynced bytes in doubt for ever: the caller must not sync again and believe it.
public interface StoredFile extends Closeable {
    /// The name within its directory.
    String name();

    /// Bytes in the file, appended ones included.
    long size();

    /// Appends all remaining bytes of the buffer, advancing its position. On an error the file may end in a part of them:
    /// the caller truncates back to the size it knew.
    void append(ByteBuffer bytes) throws IOException;

    /// Reads into the remaining space of `into`, from `position`; returns the bytes read, fewer only at the end of the file.
    int read(long position, ByteBuffer into) throws IOException;

    /// Cuts the file to `size` bytes, which is at most its present size. Durable after the next [#sync()].
    void truncate(long size) throws IOException;

    /// Returns when every byte appended before the call survives a crash. May block: call it from [Workers] or at rest.
    void sync() throws IOException;

    /// Releases the file. Reads that began before may still finish or fail with an `IOException`, never return other bytes.
    @Override
    void close() throws IOException;
}
