package dev.millrace.broker.storage;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A directory that lives as long as the process: for `--memory`. Safe from any thread.
public final class MemoryStorage implements Storage {
    private final Map<String, MemoryFile> files = new TreeMap<>();
    private final Map<String, MemoryStorage> directories = new TreeMap<>();

    @Override
    public synchronized List<String> files() {
        return List.copyOf(files.keySet());
    }

    @Override
    public synchronized List<String> directories() {
        return List.copyOf(directories.keySet());
    }

    @Override
    public synchronized Storage directory(String name) {
        return directories.computeIfAbsent(name, n -> new MemoryStorage());
    }

    @Override
    public synchronized boolean exists(String name) {
        return files.containsKey(name);
    }

    @Override
    public synchronized long size(String name) {
        MemoryFile file = files.get(name);
        return file == null ? 0 : file.size();
    }

    @Override
    public synchronized StoredFile open(String name) {
        return files.computeIfAbsent(name, MemoryFile::new);
    }

    @Override
    public synchronized void rename(String from, String to) throws IOException {
        MemoryFile file = files.remove(from);
        if (file == null) {
            throw new NoSuchFileException(from);
        }
        file.renamed(to);
        files.put(to, file);
    }

    @Override
    public synchronized void delete(String name) {
        files.remove(name);
    }

    @Override
    public synchronized void renameDirectory(String from, String to) throws IOException {
        MemoryStorage directory = directories.remove(from);
        if (directory == null) {
            throw new NoSuchFileException(from);
        }
        directories.put(to, directory);
    }

    @Override
    public synchronized void deleteDirectory(String name) {
        directories.remove(name);
    }

    @Override
    public void syncDirectory() {
        // Nothing outlives the process.
    }

    @Override
    public long usableBytes() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    }

    @Override
    public long totalBytes() {
        return Runtime.getRuntime().maxMemory();
    }
}
