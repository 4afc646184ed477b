package dev.millrace.simulator.disk;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/// A directory of a [SimDisk].
final class SimStorage implements Storage {
    private final SimDisk disk;
    private final SimDirectory directory;

    SimStorage(SimDisk disk, SimDirectory directory) {
        this.disk = disk;
        this.directory = directory;
    }

    @Override
    public List<String> files() {
        disk.alive(() -> "list");
        return List.copyOf(directory.seen.files.keySet());
    }

    @Override
    public List<String> directories() {
        disk.alive(() -> "list");
        return List.copyOf(directory.seen.directories.keySet());
    }

    @Override
    public Storage directory(String name) {
        SimDirectory known = directory.seen.directories.get(name);
        if (known == null) {
            disk.step(() -> "mkdir " + name);
            var made = new SimDirectory();
            directory.change(names -> names.directories.putIfAbsent(name, made));
            known = made;
        }
        return new SimStorage(disk, known);
    }

    @Override
    public StoredFile open(String name) {
        disk.alive(() -> "open " + name);
        SimInode known = directory.seen.files.get(name);
        if (known == null) {
            disk.step(() -> "create " + name);
            var made = new SimInode();
            directory.change(names -> names.files.putIfAbsent(name, made));
            known = made;
        }
        return new Handle(name, known);
    }

    @Override
    public void publish(String from, String to) throws IOException {
        rename(from, to);
        disk.step(() -> "sync directory after rename to " + to);
        directory.sync();
    }

    @Override
    public void rename(String from, String to) throws IOException {
        disk.step(() -> "rename " + from + " to " + to);
        SimInode inode = directory.seen.files.get(from);
        if (inode == null) {
            throw new NoSuchFileException(from);
        }
        SimInode replaced = directory.seen.files.get(to);
        if (replaced != null && replaced != inode) {
            disk.release(replaced.size());
        }
        directory.change(names -> {
            if (names.files.remove(from, inode)) {
                names.files.put(to, inode);
            }
        });
    }

    private static long bytes(SimDirectory of) {
        long bytes = 0;
        for (SimInode file : of.seen.files.values()) {
            bytes += file.size();
        }
        for (SimDirectory child : of.seen.directories.values()) {
            bytes += bytes(child);
        }
        return bytes;
    }

    @Override
    public void delete(String name) {
        disk.alive(() -> "delete " + name);
        SimInode gone = directory.seen.files.get(name);
        if (gone != null) {
            disk.step(() -> "delete " + name);
            disk.release(gone.size());
            directory.change(names -> names.files.remove(name));
        }
    }

    @Override
    public void renameDirectory(String from, String to) throws IOException {
        disk.step(() -> "rename directory " + from + " to " + to);
        SimDirectory child = directory.seen.directories.get(from);
        if (child == null) {
            throw new NoSuchFileException(from);
        }
        directory.change(names -> {
            if (names.directories.remove(from, child)) {
                names.directories.put(to, child);
            }
        });
    }

    @Override
    public void deleteDirectory(String name) {
        disk.step(() -> "delete directory " + name);
        SimDirectory gone = directory.seen.directories.get(name);
        if (gone != null) {
            disk.release(bytes(gone));
        }
        directory.change(names -> names.directories.remove(name));
    }

    @Override
    public void syncDirectory() {
        disk.step(() -> "sync directory");
        directory.sync();
    }

    @Override
    public long usableBytes() {
        return disk.free();
    }

    private final class Handle implements StoredFile {
        private final String name;
        private final SimInode inode;
        private boolean closed;

        Handle(String name, SimInode inode) {
            this.name = name;
            this.inode = inode;
        }

        private void open(String operation) throws IOException {
            disk.alive(() -> operation);
            if (closed) {
                throw new ClosedChannelException();
            }
        }

        @Override
        public String name() {
            return directory.seen.files.entrySet().stream()
                    .filter(e -> e.getValue() == inode)
                    .findFirst()
                    .map(e -> e.getKey())
                    .orElse(name);
        }

        @Override
        public long size() {
            return inode.size();
        }

        @Override
        public void append(ByteBuffer bytes) throws IOException {
            open("append");
            disk.step(() -> "append " + bytes.remaining() + " to " + name());
            byte[] fits = new byte[disk.room(bytes.remaining())];
            bytes.get(fits);
            inode.append(fits);
            if (bytes.hasRemaining()) {
                throw SimDisk.noSpace();
            }
        }

        @Override
        public int read(long position, ByteBuffer into) throws IOException {
            open("read");
            int from = Math.toIntExact(position);
            if (inode.unreadable(from, from + into.remaining())) {
                throw new IOException("Input/output error reading " + name());
            }
            return inode.read(from, into);
        }

        @Override
        public void truncate(long size) throws IOException {
            open("truncate");
            disk.step(() -> "truncate " + name() + " to " + size);
            disk.release(Math.max(0, inode.size() - size));
            inode.truncate(Math.toIntExact(size));
        }

        @Override
        public void sync() throws IOException {
            open("sync");
            disk.step(() -> "sync " + name());
            if (disk.syncFails()) {
                inode.forgetDirty();
                throw new IOException("Input/output error syncing " + name());
            }
            inode.sync();
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
