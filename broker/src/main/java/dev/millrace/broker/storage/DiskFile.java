package dev.millrace.broker.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A file on a disk. The handle behind it may come and go ([OpenFiles]), but never with unsynced bytes, so that a write error that
/// the system reports late is not missed (L5).
final class DiskFile implements TransferableFile {
    private final DiskStorage directory;
    private final OpenFiles openFiles;
    private volatile String name;
    private volatile long size;

    /// Guards the fields below; never held while bytes move.
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable FileChannel channel;
    private int users;
    private boolean unsynced;
    private boolean closed;
    private volatile @Nullable IOException syncFailure;

    DiskFile(DiskStorage directory, OpenFiles openFiles, String name) throws IOException {
        this.directory = directory;
        this.openFiles = openFiles;
        this.name = name;
        FileChannel opened = open(StandardOpenOption.CREATE);
        channel = opened;
        size = opened.size();
    }

    private FileChannel open(StandardOpenOption how) throws IOException {
        Path path = directory.path().resolve(name);
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, how);
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
    public void append(ByteBuffer bytes) throws IOException {
        FileChannel to = acquire(true);
        try {
            long at = size;
            while (bytes.hasRemaining()) {
                at += to.write(bytes, at);
            }
            size = at;
        } finally {
            releaseUnsynced();
        }
    }

    @Override
    public int read(long position, ByteBuffer into) throws IOException {
        FileChannel from = acquire(false);
        try {
            int read = 0;
            while (into.hasRemaining()) {
                int now = from.read(into, position + read);
                if (now <= 0) {
                    break;
                }
                read += now;
            }
            return read;
        } finally {
            release();
        }
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
            throws IOException {
        FileChannel from = acquire(false);
        try {
            return from.transferTo(position, count, target);
        } finally {
            release();
        }
    }

    @Override
    public void truncate(long bytes) throws IOException {
        FileChannel file = acquire(true);
        try {
            file.truncate(bytes);
            size = bytes;
        } finally {
            releaseUnsynced();
        }
    }

    @Override
    public void sync() throws IOException {
        FileChannel file = acquire(false);
        try {
            IOException before = syncFailure;
            if (before != null) {
                throw new IOException(name + ": an earlier sync failed", before);
            }
            setUnsynced(false);
            file.force(false);
        } catch (IOException failed) {
            setUnsynced(true);
            syncFailure = failed;
            throw failed;
        } finally {
            release();
        }
    }

    private void setUnsynced(boolean now) {
        lock.lock();
        try {
            unsynced = now;
        } finally {
            lock.unlock();
        }
    }

    private FileChannel acquire(boolean changes) throws IOException {
        boolean reopened = false;
        FileChannel open;
        lock.lock();
        try {
            if (closed) {
                throw new ClosedChannelException();
            }
            open = channel;
            if (open == null || !open.isOpen()) {
                open = reopen();
                channel = open;
                reopened = true;
            }
            users++;
            unsynced |= changes;
        } finally {
            lock.unlock();
        }
        if (reopened) {
            openFiles.opened(this);
        }
        return open;
    }

    /// By its name of the moment: a rename that comes in between may have given the name that was read to another file.
    private FileChannel reopen() throws IOException {
        while (true) {
            String tried = name;
            try {
                FileChannel opened = open(StandardOpenOption.READ);
                if (tried.equals(name)) {
                    return opened;
                }
                opened.close();
            } catch (NoSuchFileException missing) {
                directory.awaitRename();
                if (tried.equals(name)) {
                    throw missing;
                }
            }
        }
    }

    /// After a change: a sync that came in between has not synced all of it.
    private void releaseUnsynced() {
        setUnsynced(true);
        release();
    }

    private void release() {
        lock.lock();
        try {
            users--;
        } finally {
            lock.unlock();
        }
    }

    /// Syncs what has to be, and gives the handle back to the system. A sync that fails is remembered: the next one tells it.
    boolean syncAndEvict() {
        if (isUnsynced()) {
            try {
                sync();
            } catch (IOException remembered) {
                return tryEvict();
            }
        }
        return tryEvict();
    }

    private boolean isUnsynced() {
        lock.lock();
        try {
            return unsynced && users == 0 && !closed;
        } finally {
            lock.unlock();
        }
    }

    /// Gives the handle back to the system if nobody needs it now and nothing is unsynced.
    boolean tryEvict() {
        lock.lock();
        try {
            if (users > 0 || (unsynced && syncFailure == null)) {
                return false;
            }
            closeChannel();
            return true;
        } catch (IOException e) {
            return true; // the handle is gone all the same, and nothing was unsynced
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private void closeChannel() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void close() throws IOException {
        directory.closed(this);
        lock.lock();
        try {
            closed = true;
            closeChannel();
        } finally {
            lock.unlock();
        }
        openFiles.closed(this);
    }
}
