package dev.millrace.broker.storage;

import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/// A file whose bytes the system can send to a socket by itself, without a copy through this process.
public interface TransferableFile extends StoredFile {
    /// Sends up to `count` bytes from `position`, fewer when the channel takes fewer.
    ///
    /// @return the bytes sent; 0 at the end of the file
    long transferTo(long position, long count, WritableByteChannel target) throws IOException;
}
