package dev.millrace.engine.replica;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.testing.HeapStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A disk under a process that is killed before the n-th change, counted over several disks: what was done by then is there. May fail,
/// too, as a disk that breaks.
final class StoppingStorage implements Storage {
    /// The process is gone: whatever runs, ends here.
    static final class Killed extends Error {}

    /// What is left until the kill.
    static final class Life {
        private int left;
        private boolean over;

        Life(int left) {
            this.left = left;
        }

        void left(int changes) {
            left = changes;
        }

        boolean over() {
            return over;
        }

        private void use() {
            if (left-- <= 0) {
                over = true;
                throw new Killed();
            }
        }
    }

    private final HeapStorage disk;
    private final Life life;

    /// What is wrong with a disk; shared with all its folders.
    private static final class Faults {
        private boolean broken;
        private boolean full;
        private @Nullable RuntimeException unforeseen;
        private int unforeseenAfter;
        private boolean nextRenameLasts = true;
        private boolean lastsNot;
        private boolean breaksThen;
    }

    private final Faults faults;

    StoppingStorage(HeapStorage disk, Life life) {
        this(disk, life, new Faults());
    }

    private StoppingStorage(HeapStorage disk, Life life, Faults faults) {
        this.disk = disk;
        this.life = life;
        this.faults = faults;
    }

    /// From now on every change fails.
    void breaks() {
        faults.broken = true;
    }

    /// Nothing can be written as long as that is so; what was is durable none the less.
    void full(boolean now) {
        faults.full = now;
    }

    /// The change after so many others meets what nobody has foreseen.
    void changeThrows(int after, RuntimeException unforeseen) {
        faults.unforeseenAfter = after;
        faults.unforeseen = unforeseen;
    }

    /// The next folder that gets another name has it, but that cannot be made durable.
    ///
    /// @param breaksThen every later change fails, too
    void nextRenameDoesNotLast(boolean breaksThen) {
        faults.nextRenameLasts = false;
        faults.breaksThen = breaksThen;
    }

    private void change() throws IOException {
        life.use();
        RuntimeException unforeseen = faults.unforeseen;
        if (unforeseen != null && faults.unforeseenAfter-- <= 0) {
            faults.unforeseen = null;
            throw unforeseen;
        }
        if (faults.broken) {
            throw new IOException("the disk is broken");
        }
    }

    @Override
    public List<String> files() {
        return disk.files();
    }

    @Override
    public List<String> directories() {
        return disk.directories();
    }

    @Override
    public Storage directory(String name) {
        return new StoppingStorage(disk.directory(name), life, faults);
    }

    @Override
    public StoredFile open(String name) {
        StoredFile file = disk.open(name);
        return new StoredFile() {
            @Override
            public String name() {
                return file.name();
            }

            @Override
            public long size() {
                return file.size();
            }

            @Override
            public void append(ByteBuffer bytes) throws IOException {
                change();
                if (faults.full) {
                    throw new IOException("no space is left");
                }
                file.append(bytes);
            }

            @Override
            public int read(long position, ByteBuffer into) throws IOException {
                return file.read(position, into);
            }

            @Override
            public void truncate(long size) throws IOException {
                change();
                file.truncate(size);
            }

            @Override
            public void sync() throws IOException {
                change();
                file.sync();
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    @Override
    public void rename(String from, String to) throws IOException {
        change();
        disk.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        change();
        disk.delete(name);
    }

    @Override
    public void renameDirectory(String from, String to) throws IOException {
        change();
        disk.renameDirectory(from, to);
        faults.lastsNot = !faults.nextRenameLasts;
        faults.nextRenameLasts = true;
    }

    @Override
    public void deleteDirectory(String name) throws IOException {
        change();
        disk.deleteDirectory(name);
    }

    @Override
    public void syncDirectory() throws IOException {
        change();
        if (faults.lastsNot) {
            faults.lastsNot = false;
            faults.broken = faults.breaksThen;
            throw new IOException("the name is not durable");
        }
    }

    @Override
    public long usableBytes() {
        return disk.usableBytes();
    }
}
