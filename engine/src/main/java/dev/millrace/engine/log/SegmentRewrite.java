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
    static final String DAMAGED = ".damaged";
    private static final int PIECE = 1 << 20;

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

    void run() throws IOException {
        try (StoredFile from = directory.open(file)) {
            for (Part part : parts) {
                keep(from, part);
            }
            String temporary = file + ".tmp";
            directory.delete(temporary);
            try (StoredFile to = directory.open(temporary)) {
                long at = 0;
                for (Part part : parts) {
                    copy(from, at, part.position - at, to);
                    to.append(part.instead.duplicate());
                    at = part.position + part.length;
                }
                copy(from, at, from.size() - at, to);
                to.sync();
            }
            directory.publish(temporary, file);
        }
    }

    private void keep(StoredFile from, Part part) throws IOException {
        String name = file + "." + part.keptFrom + DAMAGED;
        String temporary = name + ".tmp";
        directory.delete(temporary);
        try (StoredFile to = directory.open(temporary)) {
            copy(from, part.keptFrom, part.kept, to);
            to.sync();
        }
        directory.publish(temporary, name);
    }

    private static void copy(StoredFile from, long position, long bytes, StoredFile to)
            throws IOException {
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE, Math.max(1, bytes)));
        for (long at = position, end = position + bytes; at < end; ) {
            piece.clear().limit((int) Math.min(piece.capacity(), end - at));
            if (from.read(at, piece) <= 0) {
                throw new IOException(from.name() + ": ends at byte " + at);
            }
            at += piece.flip().remaining();
            to.append(piece);
        }
    }
}
