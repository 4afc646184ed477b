package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;

/// A segment as a pass reads it, outside the turn: a sealed one, or of the active one what was there when the pass was planned.
///
/// @param endOffset the first offset behind it
record CompactionSource(Segment segment, StoredFile file, long size, long endOffset) {

    static CompactionSource of(Segment segment, long endOffset) throws IOException {
        return new CompactionSource(segment, segment.file(), segment.size(), endOffset);
    }

    long baseOffset() {
        return segment.baseOffset;
    }

    /// Of its larger index file.
    long indexBytes(Storage directory) throws IOException {
        return Math.max(
                directory.size(LogFiles.of(baseOffset(), LogFiles.INDEX)),
                directory.size(LogFiles.of(baseOffset(), LogFiles.TIME_INDEX)));
    }
}
