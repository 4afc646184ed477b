package dev.millrace.simulator.disk;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One disk of a simulated node.
///
/// Every operation that changes something is counted; [#crashAt] takes the power away before one of them, and [#afterCrash] gives the
/// disk as the next start finds it:
/// - of a file's unsynced sectors (512 B) each is kept, lost (zeros, or what was there before) or torn, in any order between and within
///   files; its size is the old one, the new one or between;
/// - of a directory's unsynced changes some are forgotten;
/// - what `sync`, `publish` and `syncDirectory` promised is there.
public final class SimDisk {
    private final SimDirectory root;
    private final List<String> operations = new ArrayList<>();
    private boolean words = true;
    private int changes;
    private int crashAt = Integer.MAX_VALUE;
    private int failSyncAt = Integer.MAX_VALUE;
    private int syncs;
    private long capacity = Long.MAX_VALUE;
    private long announced = Long.MAX_VALUE;
    private long used;
    private boolean crashed;

    public SimDisk() {
        this(new SimDirectory());
    }

    private SimDisk(SimDirectory root) {
        this.root = root;
    }

    /// The root directory.
    public Storage storage() {
        return new SimStorage(this, root);
    }

    /// The operations so far, in words.
    public List<String> operations() {
        return operations;
    }

    /// From now on operations are counted, and not put into words: those of a long run take much room.
    public void keepNoWords() {
        words = false;
        operations.clear();
    }

    /// How many operations there were so far.
    public int changes() {
        return changes;
    }

    /// The files of a directory of the root, as programs see them, by name: for who looks on, and is no program.
    public SortedMap<String, SeenFile> look(String directory) {
        var files = new TreeMap<String, SeenFile>();
        SimDirectory found = root.seen.directories.get(directory);
        if (found != null) {
            found.seen.files.forEach((name, inode) -> files.put(name, new SeenFile(inode)));
        }
        return files;
    }

    /// The power goes before the operation of that number, counted from 0.
    public void crashAt(int operation) {
        crashAt = operation;
    }

    /// The sync of that number, counted from 0, fails, and what it should have written never reaches the platter.
    public void failSyncAt(int sync) {
        failSyncAt = sync;
    }

    /// File syncs so far.
    public int syncs() {
        return syncs;
    }

    /// Appends fail when so many bytes have been appended from now on, the last one in its middle.
    public void limit(long bytes) {
        announced = Long.MAX_VALUE;
        capacity = bytes;
        used = 0;
    }

    /// Tells that only so many bytes are free, though there is room for more: whoever looks now and then has time to look.
    public void announce(long bytes) {
        announced = bytes;
    }

    /// Takes the power away now.
    public void crash() {
        crashed = true;
    }

    /// Whether the power will go at an operation that is yet to come.
    public boolean isDoomed() {
        return crashAt != Integer.MAX_VALUE;
    }

    /// Whether the power is gone.
    public boolean crashed() {
        return crashed;
    }

    /// The disk as the next start finds it; this one is dead.
    public SimDisk afterCrash(Random random) {
        crashed = true;
        return successor(root.afterCrash(random));
    }

    /// The disk as the next process finds it after the one before was killed: the cache is as it was, and what was not synced is still
    /// not. This one is dead.
    public SimDisk afterKill() {
        crashed = true;
        return successor(root);
    }

    private SimDisk successor(SimDirectory left) {
        var next = new SimDisk(left);
        next.words = words;
        return next;
    }

    /// Called before each change.
    void step(Supplier<String> operation) {
        alive(operation);
        if (changes == crashAt) {
            crashed = true;
            throw new SimCrash(operation.get());
        }
        changes++;
        if (words) {
            operations.add(operation.get());
        }
    }

    void alive(Supplier<String> operation) {
        if (crashed) {
            throw new SimCrash(operation.get());
        }
    }

    boolean syncFails() {
        return syncs++ == failSyncAt;
    }

    /// How many of so many bytes fit.
    int room(int bytes) {
        int fits = (int) Math.min(bytes, left());
        used += fits;
        return fits;
    }

    /// What is deleted or cut off gives its room back.
    void release(long bytes) {
        used -= bytes;
    }

    private long left() {
        return capacity == Long.MAX_VALUE ? capacity : Math.max(0, capacity - used);
    }

    long free() {
        return Math.min(announced, left());
    }

    /// Flips one bit, on the platter and in the cache.
    public void flip(String path, int position, int bit) {
        inode(path).flip(position, bit);
    }

    /// Replaces a file's bytes on the platter: damage of any kind.
    public void overwrite(String path, byte[] bytes) {
        inode(path).overwrite(bytes);
    }

    /// A latent error: reading that byte fails from now on.
    public void makeUnreadable(String path, int position) {
        inode(path).makeUnreadable(position);
    }

    public byte[] bytes(String path) {
        return inode(path).bytes();
    }

    private SimInode inode(String path) {
        SimDirectory directory = root;
        String rest = path;
        for (int slash = rest.indexOf('/'); slash >= 0; slash = rest.indexOf('/')) {
            SimDirectory child = directory.seen.directories.get(rest.substring(0, slash));
            directory = child == null ? new SimDirectory() : child;
            rest = rest.substring(slash + 1);
        }
        @Nullable SimInode inode = directory.seen.files.get(rest);
        if (inode == null) {
            throw new IllegalArgumentException("no file " + path);
        }
        return inode;
    }

    static IOException noSpace() {
        return new IOException("No space left on device");
    }
}
