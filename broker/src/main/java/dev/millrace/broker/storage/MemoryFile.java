package dev.millrace.broker.storage;

import dev.millrace.engine.env.StoredFile;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The bytes of a [MemoryStorage]'s file, in chunks that do not move, so that reads and one append need no lock. Small files take
/// small chunks.
final class MemoryFile implements StoredFile {
    private static final int CHUNK = 64 << 10;

    private volatile String name;
    private volatile byte[][] chunks = new byte[0][];
    private volatile long size;

    MemoryFile(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    void renamed(String to) {
        name = to;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void append(ByteBuffer bytes) {
        long at = size;
        while (bytes.hasRemaining()) {
            int within = (int) (at % CHUNK);
            int count = Math.min(bytes.remaining(), CHUNK - within);
            bytes.get(chunk((int) (at / CHUNK), within + count), within, count);
            at += count;
        }
        size = at;
    }

    /// The chunk at that place with room for at least `needed` bytes; a first chunk that grows is copied.
    private byte[] chunk(int at, int needed) {
        byte[][] all = chunks;
        if (at == all.length) {
            all = Arrays.copyOf(all, at + 1);
            all[at] = new byte[at == 0 ? Math.max(256, roundUp(needed)) : CHUNK];
        } else if (all[at].length < needed) {
            all = all.clone();
            all[at] = Arrays.copyOf(all[at], roundUp(needed));
        }
        chunks = all;
        return all[at];
    }

    private static int roundUp(int needed) {
        return needed <= 1 ? 1 : Integer.highestOneBit(needed - 1) << 1;
    }

    @Override
    public int read(long position, ByteBuffer into) {
        long end = Math.min(size, position + into.remaining());
        byte[][] all = chunks;
        long at = position;
        while (at < end) {
            int within = (int) (at % CHUNK);
            int count = (int) Math.min(end - at, CHUNK - within);
            into.put(all[(int) (at / CHUNK)], within, count);
            at += count;
        }
        return (int) Math.max(0, at - position);
    }

    @Override
    public void truncate(long bytes) {
        size = Math.min(size, bytes);
        chunks = Arrays.copyOf(chunks, (int) ((size + CHUNK - 1) / CHUNK));
    }

    @Override
    public void sync() {
        // Nothing outlives the process.
    }

    @Override
    public void close() {
        // The bytes go with the last reference.
    }
}
