package dev.millrace.jmh;

import dev.millrace.broker.storage.MemoryStorage;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// A directory in memory whose segments forget what they were given: an append costs its copy, and no heap is ever full.
public final class SinkStorage implements Storage {
    private final Storage kept;

    public SinkStorage() {
        this(new MemoryStorage());
    }

    private SinkStorage(Storage kept) {
        this.kept = kept;
    }

    @Override
    public List<String> files() throws IOException {
        return kept.files();
    }

    @Override
    public List<String> directories() throws IOException {
        return kept.directories();
    }

    @Override
    public Storage directory(String name) throws IOException {
        return new SinkStorage(kept.directory(name));
    }

    @Override
    public StoredFile open(String name) throws IOException {
        return name.endsWith(".log") ? new SinkFile(name) : kept.open(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        kept.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        kept.delete(name);
    }

    @Override
    public void renameDirectory(String from, String to) throws IOException {
        kept.renameDirectory(from, to);
    }

    @Override
    public void deleteDirectory(String name) throws IOException {
        kept.deleteDirectory(name);
    }

    @Override
    public void syncDirectory() throws IOException {
        kept.syncDirectory();
    }

    @Override
    public long usableBytes() throws IOException {
        return kept.usableBytes();
    }

    /// Keeps the first bytes, where the first batch is looked at, and how many there were.
    private static final class SinkFile implements StoredFile {
        private static final int KEPT = 1 << 20;

        private final String name;
        private final byte[] bytes = new byte[KEPT];
        private long size;

        SinkFile(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void append(ByteBuffer more) {
            int count = more.remaining();
            more.get(bytes, size + count <= KEPT ? (int) size : KEPT - count, count);
            size += count;
        }

        @Override
        public int read(long position, ByteBuffer into) {
            int count = (int) Math.max(0, Math.min(into.remaining(), KEPT - position));
            into.put(bytes, (int) Math.min(position, KEPT), count);
            return count;
        }

        @Override
        public void truncate(long to) {
            size = to;
        }

        @Override
        public void sync() {}

        @Override
        public void close() {}
    }
}
