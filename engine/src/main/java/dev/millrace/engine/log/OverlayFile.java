package dev.millrace.engine.log;

import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.TreeMap;

/// A file as it will be once it is repaired: the bytes on the disk, with some replaced. Never written to.
final class OverlayFile implements StoredFile {
    private final StoredFile file;

    /// By position; they do not overlap.
    private final TreeMap<Long, ByteBuffer> patches = new TreeMap<>();

    OverlayFile(StoredFile file) {
        this.file = file;
    }

    /// From now on these bytes stand there.
    void patch(long position, ByteBuffer bytes) {
        patches.put(position, bytes);
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public int read(long position, ByteBuffer into) throws IOException {
        int at = into.position();
        int read = file.read(position, into);
        if (read > 0) {
            Long below = patches.floorKey(position);
            for (var patch :
                    patches.subMap(below == null ? position : below, position + read).entrySet()) {
                lay(patch.getKey(), patch.getValue(), position, read, into, at);
            }
        }
        return read;
    }

    private static void lay(
            long from, ByteBuffer bytes, long position, int read, ByteBuffer into, int at) {
        for (int i = 0; i < bytes.limit(); i++) {
            long to = from + i - position;
            if (to >= 0 && to < read) {
                into.put(at + (int) to, bytes.get(i));
            }
        }
    }

    @Override
    public void append(ByteBuffer bytes) throws IOException {
        throw new IOException("a view is not written to");
    }

    @Override
    public void truncate(long size) throws IOException {
        throw new IOException("a view is not cut");
    }

    @Override
    public void sync() {}

    @Override
    public void close() throws IOException {
        file.close();
    }
}
