package dev.millrace.engine.testing;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// The simplest storage: byte arrays under names, nothing ever lost. For one thread.
public final class HeapStorage implements Storage {
    private final Map<String, HeapFile> files = new TreeMap<>();
    private final Map<String, HeapStorage> directories = new TreeMap<>();
    private int opened;
    private long usableBytes = Long.MAX_VALUE;
    private Predicate<String> failing = _ -> false;
    private Predicate<String> unreadable = _ -> false;

    /// How many times a file was opened.
    public int opened() {
        return opened;
    }

    /// The bytes of a file, to look at or to damage.
    public byte[] bytes(String name) {
        HeapFile file = files.get(name);
        if (file == null) {
            throw new IllegalArgumentException("no file " + name + " in " + files.keySet());
        }
        return Arrays.copyOf(file.bytes, file.size);
    }

    /// From now on, appends to files of these names fail.
    public void failWrites(Predicate<String> names) {
        failing = names;
    }

    /// From now on, reads of files of these names fail.
    public void failReads(Predicate<String> names) {
        unreadable = names;
    }

    /// Replaces a file's bytes.
    public void put(String name, byte[] bytes) {
        HeapFile file = files.computeIfAbsent(name, HeapFile::new);
        file.bytes = bytes.clone();
        file.size = bytes.length;
    }

    @Override
    public List<String> files() {
        return List.copyOf(files.keySet());
    }

    @Override
    public List<String> directories() {
        return List.copyOf(directories.keySet());
    }

    @Override
    public HeapStorage directory(String name) {
        return directories.computeIfAbsent(name, n -> new HeapStorage());
    }

    @Override
    public boolean exists(String name) {
        return files.containsKey(name);
    }

    @Override
    public long size(String name) {
        HeapFile file = files.get(name);
        return file == null ? 0 : file.size();
    }

    @Override
    public StoredFile open(String name) {
        opened++;
        return files.computeIfAbsent(name, HeapFile::new);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        HeapFile file = files.remove(from);
        if (file == null) {
            throw new NoSuchFileException(from);
        }
        file.name = to;
        files.put(to, file);
    }

    @Override
    public void delete(String name) {
        files.remove(name);
    }

    @Override
    public void renameDirectory(String from, String to) throws IOException {
        HeapStorage directory = directories.remove(from);
        if (directory == null) {
            throw new NoSuchFileException(from);
        }
        directories.put(to, directory);
    }

    @Override
    public void deleteDirectory(String name) {
        directories.remove(name);
    }

    @Override
    public void syncDirectory() {}

    @Override
    public long usableBytes() {
        return usableBytes;
    }

    /// What the disk says is free from now on; writing changes nothing of it.
    public void usableBytes(long bytes) {
        usableBytes = bytes;
    }

    private final class HeapFile implements StoredFile {
        private String name;
        private byte[] bytes = new byte[64];
        private int size;

        HeapFile(String name) {
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
        public void append(ByteBuffer more) throws IOException {
            if (failing.test(name)) {
                throw new IOException(name + ": the disk has failed");
            }
            int count = more.remaining();
            if (size + count > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(size + count, bytes.length * 2));
            }
            more.get(bytes, size, count);
            size += count;
        }

        @Override
        public int read(long position, ByteBuffer into) throws IOException {
            if (unreadable.test(name)) {
                throw new IOException(name + ": Input/output error");
            }
            int count = (int) Math.max(0, Math.min(into.remaining(), size - position));
            into.put(bytes, (int) Math.min(position, size), count);
            return count;
        }

        @Override
        public void truncate(long to) {
            Arrays.fill(bytes, (int) to, size, (byte) 0);
            size = (int) to;
        }

        @Override
        public void sync() {}

        @Override
        public void close() {}
    }
}
