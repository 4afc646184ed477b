package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/// What repairs keep of what they replace: `<name>.damaged`, or with a number behind where that is taken. Nothing that was kept is overwritten.
public final class KeptAside {
    private static final String DAMAGED = ".damaged";
    private static final Pattern KEPT = Pattern.compile(".*\\.damaged(\\.\\d+)?");
    private static final int PIECE = 1 << 20;

    private KeptAside() {}

    /// Whether a file of that name was kept by a repair.
    public static boolean is(String name) {
        return KEPT.matcher(name).matches();
    }

    /// The name under which that file can be kept now.
    public static String free(Storage directory, String file) throws IOException {
        String free = file + DAMAGED;
        for (int i = 2; directory.exists(free); i++) {
            free = file + DAMAGED + "." + i;
        }
        return free;
    }

    /// Keeps a copy of a file's bytes, durably. One that is kept already, by a repair that was cut off, is not kept twice.
    static void keep(Storage directory, StoredFile from, String as, long position, long bytes)
            throws IOException {
        String name = as + DAMAGED;
        for (int i = 2; directory.exists(name); i++) {
            if (holds(directory, name, from, position, bytes)) {
                return;
            }
            name = as + DAMAGED + "." + i;
        }
        String temporary = name + ".tmp";
        directory.delete(temporary);
        try (StoredFile to = directory.open(temporary)) {
            copy(from, position, bytes, to);
            to.sync();
        }
        directory.publish(temporary, name);
    }

    private static boolean holds(
            Storage directory, String name, StoredFile from, long position, long bytes)
            throws IOException {
        try (StoredFile kept = directory.open(name)) {
            boolean same = kept.size() == bytes;
            for (long at = 0; same && at < bytes; at += PIECE) {
                long length = Math.min(PIECE, bytes - at);
                same = piece(kept, at, length).equals(piece(from, position + at, length));
            }
            return same;
        }
    }

    private static ByteBuffer piece(StoredFile file, long position, long bytes) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate((int) bytes);
        if (file.read(position, piece) < bytes) {
            throw new IOException(file.name() + ": ends at byte " + file.size());
        }
        return piece.flip();
    }

    static void copy(StoredFile from, long position, long bytes, StoredFile to) throws IOException {
        for (long at = 0; at < bytes; at += PIECE) {
            to.append(piece(from, position + at, Math.min(PIECE, bytes - at)));
        }
    }
}
