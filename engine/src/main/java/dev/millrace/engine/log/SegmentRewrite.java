package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A segment in which some bytes are to be replaced: written anew beside the old one, synced, renamed over it. What is replaced is kept
/// before, as `<base>.log.<position>.damaged`.
final class SegmentRewrite {
    private final Storage directory;
    private final String file;
    private final List<Part> parts = new ArrayList<>();

    /// @param keptFrom the bytes that are kept: a whole batch where only a part of it changes
    private record Part(long position, long length, ByteBuffer instead, long keptFrom, long kept) {}

    SegmentRewrite(Storage directory, String file) {
        this.directory = directory;
        this.file = file;
    }

    /// To be called in the order of the positions.
    void replace(long position, long length, ByteBuffer instead, long keptFrom, long kept) {
        parts.add(new Part(position, length, instead, keptFrom, kept));
    }

    /// Adds to the end of the segment, which is there.
    void append(long end, ByteBuffer bytes) {
        parts.add(new Part(end, 0, bytes, end, 0));
    }

    void run() throws IOException {
        try (StoredFile from = directory.open(file)) {
            for (Part part : parts) {
                if (part.kept > 0) {
                    KeptAside.keep(
                            directory, from, file + "." + part.keptFrom, part.keptFrom, part.kept);
                }
            }
            String temporary = file + ".tmp";
            directory.delete(temporary);
            try (StoredFile to = directory.open(temporary)) {
                long at = 0;
                for (Part part : parts) {
                    KeptAside.copy(from, at, part.position - at, to);
                    to.append(part.instead.duplicate());
                    at = part.position + part.length;
                }
                KeptAside.copy(from, at, from.size() - at, to);
                to.sync();
            }
            directory.publish(temporary, file);
        }
    }
}
