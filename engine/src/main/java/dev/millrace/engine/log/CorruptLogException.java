package dev.millrace.engine.log;

import java.io.IOException;

/// A log holds bytes that were written whole once and are wrong now (L3). The owner takes the partition offline; nothing is cut
/// or repaired by guessing.
public final class CorruptLogException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final long position;

    CorruptLogException(String log, String file, long position, String why) {
        super("%s: %s is corrupt at byte %d: %s".formatted(log, file, position, why));
        this.file = file;
        this.position = position;
    }

    /// The name of the damaged file within the log's directory.
    public String file() {
        return file;
    }

    /// The first byte of the damaged batch.
    public long position() {
        return position;
    }
}
