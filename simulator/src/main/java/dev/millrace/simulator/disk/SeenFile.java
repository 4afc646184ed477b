package dev.millrace.simulator.disk;

import java.util.Arrays;

/// A file as programs see it, for somebody who looks at the disk from outside: looking is no operation of the disk.
public final class SeenFile {
    private final SimInode inode;

    SeenFile(SimInode inode) {
        this.inode = inode;
    }

    public int size() {
        return inode.size();
    }

    /// How often its bytes were changed otherwise than by appending.
    public int rewrites() {
        return inode.rewrites();
    }

    /// Whether those bytes would be there if the power went now.
    public boolean isDurable(int from, int to) {
        return inode.isDurable(from, to);
    }

    /// Whether it is the same file, whatever its name.
    public boolean is(SeenFile other) {
        return inode == other.inode;
    }

    /// What there is from that position on.
    public byte[] bytesFrom(int position) {
        byte[] bytes = new byte[Math.max(0, inode.size() - position)];
        int read = inode.read(position, bytes);
        return read == bytes.length ? bytes : Arrays.copyOf(bytes, read);
    }
}
