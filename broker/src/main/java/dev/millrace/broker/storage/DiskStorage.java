package dev.millrace.broker.storage;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A directory on a disk.
///
/// Safe from any thread. Files and sub-directories that are open follow a rename.
public final class DiskStorage implements Storage {
    /// Open files at a time that this process keeps where it may, beside its sockets.
    public static final int OPEN_FILES = OpenFiles.ENOUGH;

    private volatile Path path;
    private final OpenFiles openFiles;
    private final Map<String, DiskStorage> directories = new HashMap<>();
    private final Map<String, List<DiskFile>> files = new HashMap<>();

    private DiskStorage(Path path, OpenFiles openFiles) {
        this.path = path;
        this.openFiles = openFiles;
    }

    /// The storage in that directory, which is created when missing.
    public static DiskStorage open(Path path) throws IOException {
        return open(path, OpenFiles.ofThisProcess());
    }

    static DiskStorage open(Path path, OpenFiles openFiles) throws IOException {
        Files.createDirectories(path);
        return new DiskStorage(path.toAbsolutePath(), openFiles);
    }

    /// Takes the directory for this process alone, by Kafka's `.lock`; given back by closing it or when the process ends.
    ///
    /// @throws DirectoryInUse when another broker has it
    public AutoCloseable lock() throws IOException {
        FileChannel channel =
                FileChannel.open(
                        path.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException ourOwn) {
            // Somebody in this process has it: as bad as another process.
        }
        if (lock == null) {
            channel.close();
            throw new DirectoryInUse(path + " is in use by another broker");
        }
        return channel;
    }

    public Path path() {
        return path;
    }

    @Override
    public List<String> files() throws IOException {
        return list(false);
    }

    @Override
    public List<String> names() throws IOException {
        String[] names = path.toFile().list();
        if (names == null) {
            return files(); // which tells why
        }
        Arrays.sort(names);
        return Arrays.asList(names);
    }

    @Override
    public List<String> directories() throws IOException {
        return list(true);
    }

    private List<String> list(boolean wantDirectories) throws IOException {
        var names = new ArrayList<String>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS) == wantDirectories) {
                    names.add(entry.getFileName().toString());
                }
            }
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw e.getCause();
        }
        Collections.sort(names);
        return names;
    }

    @Override
    public synchronized Storage directory(String name) throws IOException {
        DiskStorage known = directories.get(name);
        Path child = path.resolve(name);
        if (!Files.isDirectory(child)) {
            Files.createDirectories(child);
        }
        if (known == null) {
            known = new DiskStorage(child, openFiles);
            directories.put(name, known);
        }
        return known;
    }

    @Override
    public boolean exists(String name) {
        return Files.isRegularFile(path.resolve(name), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public long size(String name) throws IOException {
        Path file = path.resolve(name);
        long known = file.toFile().length(); // one question, for each of many logs
        if (known > 0 || !Files.exists(file)) {
            return known;
        }
        try {
            return Files.size(file);
        } catch (NoSuchFileException missing) {
            return 0;
        }
    }

    @Override
    public byte @Nullable [] readAll(String name) throws IOException {
        Path file = path.resolve(name);
        try (var in = new FileInputStream(file.toFile())) {
            return in.readAllBytes();
        } catch (FileNotFoundException unopened) {
            if (Files.exists(file)) {
                throw unopened;
            }
            return null;
        }
    }

    @Override
    public StoredFile open(String name) throws IOException {
        DiskFile file;
        synchronized (this) {
            file = new DiskFile(this, openFiles, name);
            files.computeIfAbsent(name, n -> new ArrayList<>(1)).add(file);
        }
        openFiles.opened(file);
        return file;
    }

    synchronized void closed(DiskFile file) {
        List<DiskFile> sameName = files.get(file.name());
        if (sameName != null && sameName.remove(file) && sameName.isEmpty()) {
            files.remove(file.name());
        }
    }

    @Override
    public synchronized void rename(String from, String to) throws IOException {
        Files.move(
                path.resolve(from),
                path.resolve(to),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        List<DiskFile> moved = files.remove(from);
        if (moved != null) {
            moved.forEach(file -> file.renamed(to));
            files.put(to, moved);
        }
    }

    /// Returns when no rename is half done: the file has its new name, and [DiskFile#name()] tells it.
    @SuppressWarnings("EmptyMethod")
    synchronized void awaitRename() {
        // Having had the monitor is all.
    }

    @Override
    public void delete(String name) throws IOException {
        Path file = path.resolve(name);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(file);
        }
    }

    @Override
    public synchronized void renameDirectory(String from, String to) throws IOException {
        Files.move(path.resolve(from), path.resolve(to), StandardCopyOption.ATOMIC_MOVE);
        DiskStorage moved = directories.remove(from);
        if (moved != null) {
            moved.moveTo(path.resolve(to));
            directories.put(to, moved);
        }
    }

    private synchronized void moveTo(Path to) {
        path = to;
        directories.forEach((name, child) -> child.moveTo(to.resolve(name)));
    }

    @Override
    public void deleteDirectory(String name) throws IOException {
        synchronized (this) {
            directories.remove(name);
        }
        deleteTree(path.resolve(name));
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
            List<Path> children = new ArrayList<>();
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
                entries.forEach(children::add);
            }
            for (Path child : children) {
                deleteTree(child);
            }
        }
        Files.deleteIfExists(root);
    }

    @Override
    public void syncDirectory() throws IOException {
        try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    @Override
    public long usableBytes() throws IOException {
        return Files.getFileStore(path).getUsableSpace();
    }

    @Override
    public long totalBytes() throws IOException {
        return Files.getFileStore(path).getTotalSpace();
    }
}
