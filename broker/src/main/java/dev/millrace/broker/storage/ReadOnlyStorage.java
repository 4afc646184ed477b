package dev.millrace.broker.storage;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A directory on a disk that nothing is written to: for looks at one that may be damaged, on a disk that may be read-only. What would
/// write fails.
public final class ReadOnlyStorage implements Storage {
    private final Path path;

    public ReadOnlyStorage(Path path) {
        this.path = path;
    }

    /// Sees to it that no broker takes the directory meanwhile; given back by closing it.
    ///
    /// @return null when a broker has it
    public static @Nullable AutoCloseable lock(Path path) throws IOException {
        Path file = path.resolve(".lock");
        if (!Files.exists(file)) {
            return () -> {}; // no broker has ever been here
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        FileLock lock = null;
        try {
            lock = channel.tryLock(0, Long.MAX_VALUE, true);
        } catch (OverlappingFileLockException ourOwn) {
            // A broker in this process has it.
        }
        if (lock == null) {
            channel.close();
            return null;
        }
        return channel;
    }

    @Override
    public List<String> files() throws IOException {
        return list(false);
    }

    @Override
    public List<String> directories() throws IOException {
        return list(true);
    }

    private List<String> list(boolean directories) throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(
                            e -> Files.isDirectory(e, LinkOption.NOFOLLOW_LINKS) == directories)
                    .map(e -> e.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (java.io.UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public Storage directory(String name) {
        return new ReadOnlyStorage(path.resolve(name));
    }

    @Override
    public boolean exists(String name) {
        return Files.isRegularFile(path.resolve(name), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public long size(String name) throws IOException {
        try {
            return Files.size(path.resolve(name));
        } catch (NoSuchFileException missing) {
            return 0;
        }
    }

    @Override
    public byte @Nullable [] readAll(String name) throws IOException {
        try {
            return Files.readAllBytes(path.resolve(name));
        } catch (NoSuchFileException missing) {
            return null;
        }
    }

    @Override
    public StoredFile open(String name) throws IOException {
        FileChannel channel = FileChannel.open(path.resolve(name), StandardOpenOption.READ);
        return new ReadFile(name, channel, channel.size());
    }

    private IOException refused() {
        return new IOException(path + " is only looked at");
    }

    @Override
    public void rename(String from, String to) throws IOException {
        throw refused();
    }

    @Override
    public void delete(String name) throws IOException {
        throw refused();
    }

    @Override
    public void renameDirectory(String from, String to) throws IOException {
        throw refused();
    }

    @Override
    public void deleteDirectory(String name) throws IOException {
        throw refused();
    }

    @Override
    public void syncDirectory() throws IOException {
        throw refused();
    }

    @Override
    public long usableBytes() {
        return 0;
    }

    private record ReadFile(String name, FileChannel channel, long size) implements StoredFile {
        @Override
        public int read(long position, ByteBuffer into) throws IOException {
            int read = 0;
            while (into.hasRemaining()) {
                int now = channel.read(into, position + read);
                if (now <= 0) {
                    break;
                }
                read += now;
            }
            return read;
        }

        @Override
        public void append(ByteBuffer bytes) throws IOException {
            throw new IOException(name + " is only looked at");
        }

        @Override
        public void truncate(long to) throws IOException {
            throw new IOException(name + " is only looked at");
        }

        @Override
        public void sync() {}

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
