package dev.millrace.simulator.disk;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/// A file's bytes as programs see them, and as they are on the platter.
final class SimInode {
    static final int SECTOR = 512;

    /// A torn sector is cut at a multiple of this.
    private static final int TEAR = 32;

    private byte[] seen = new byte[SECTOR];
    private int seenSize;
    private byte[] durable = new byte[0];
    private int durableSize;

    /// Sectors that differ, or may, from the platter.
    private final BitSet dirty = new BitSet();

    /// Sectors whose writing failed and that count as clean: later syncs pass over them.
    private final BitSet lost = new BitSet();

    /// The least size that the file was cut to since the last sync.
    private int cut = Integer.MAX_VALUE;

    /// The first byte whose reading fails; negative when all can be read.
    private int unreadable = -1;

    /// How often its bytes were changed otherwise than by appending.
    private int rewrites;

    int size() {
        return seenSize;
    }

    int rewrites() {
        return rewrites;
    }

    /// Whether those bytes would be there if the power went now.
    boolean isDurable(int from, int to) {
        return to <= durableSize && to <= cut && Arrays.equals(seen, from, to, durable, from, to);
    }

    void append(byte[] bytes) {
        write(seenSize, bytes);
    }

    private void write(int at, byte[] bytes) {
        int end = at + bytes.length;
        if (end > seen.length) {
            seen = Arrays.copyOf(seen, Math.max(end, seen.length * 2));
        }
        System.arraycopy(bytes, 0, seen, at, bytes.length);
        seenSize = Math.max(seenSize, end);
        if (bytes.length > 0) {
            dirty.set(at / SECTOR, (end - 1) / SECTOR + 1);
            lost.clear(at / SECTOR, (end - 1) / SECTOR + 1);
        }
    }

    void truncate(int size) {
        if (size < seenSize) {
            rewrites++;
            Arrays.fill(seen, size, seenSize, (byte) 0);
            dirty.clear((size + SECTOR - 1) / SECTOR, seen.length / SECTOR + 1);
            seenSize = size;
            cut = Math.min(cut, size);
        }
    }

    int read(int position, byte[] into) {
        int count = Math.max(0, Math.min(into.length, seenSize - position));
        System.arraycopy(seen, Math.min(position, seenSize), into, 0, count);
        return count;
    }

    int read(int position, ByteBuffer into) {
        int count = Math.max(0, Math.min(into.remaining(), seenSize - position));
        into.put(seen, Math.min(position, seenSize), count);
        return count;
    }

    boolean unreadable(int from, int to) {
        return unreadable >= from && unreadable < to;
    }

    void makeUnreadable(int position) {
        unreadable = position;
    }

    void sync() {
        if (lost.isEmpty() && cut == Integer.MAX_VALUE && durable.length == seen.length) {
            for (int s = dirty.nextSetBit(0); s >= 0; s = dirty.nextSetBit(s + 1)) {
                int from = s * SECTOR;
                System.arraycopy(seen, from, durable, from, Math.min(SECTOR, seen.length - from));
            }
            durableSize = seenSize;
            dirty.clear();
            return;
        }
        byte[] before = durable;
        durable = Arrays.copyOf(seen, seen.length);
        for (int s = lost.nextSetBit(0); s >= 0; s = lost.nextSetBit(s + 1)) {
            int from = s * SECTOR;
            for (int i = from; i < Math.min(from + SECTOR, durable.length); i++) {
                durable[i] = i < before.length ? before[i] : 0;
            }
        }
        durableSize = seenSize;
        cut = Integer.MAX_VALUE;
        dirty.clear();
    }

    /// What Linux does when a write-back fails: the pages count as clean, and were never written. They never will be.
    void forgetDirty() {
        lost.or(dirty);
        cut = Integer.MAX_VALUE;
        dirty.clear();
    }

    void flip(int position, int bit) {
        rewrites++;
        seen[position] ^= (byte) (1 << bit);
        if (position < durable.length) {
            durable[position] ^= (byte) (1 << bit);
        }
    }

    void overwrite(byte[] bytes) {
        rewrites++;
        seen = Arrays.copyOf(bytes, Math.max(SECTOR, bytes.length));
        seenSize = bytes.length;
        sync();
    }

    byte[] bytes() {
        return Arrays.copyOf(seen, seenSize);
    }

    /// What is on the platter after the power went: of what was not synced each sector is kept, lost or torn.
    SimInode afterCrash(Random random) {
        var after = new SimInode();
        int length = Math.max(seen.length, durable.length);
        byte[] image = Arrays.copyOf(durable, length);
        // A cut is a change of the size: it happened or it did not, whatever was appended after it.
        boolean wasCut = cut < durableSize && random.nextBoolean();
        if (wasCut) {
            Arrays.fill(image, Math.min(cut, length), length, (byte) 0);
        }
        for (int s = dirty.nextSetBit(0); s >= 0; s = dirty.nextSetBit(s + 1)) {
            int from = s * SECTOR;
            int kept =
                    switch (random.nextInt(5)) {
                        case 0, 1 -> SECTOR;
                        case 2 -> TEAR * random.nextInt(SECTOR / TEAR);
                        default -> 0;
                    };
            int to = Math.min(from + kept, length);
            for (int i = from; i < to; i++) {
                image[i] = i < seen.length ? seen[i] : 0;
            }
        }
        int size = sizeAfterCrash(random, wasCut ? cut : durableSize);
        Arrays.fill(image, Math.min(size, length), length, (byte) 0);
        after.overwrite(Arrays.copyOf(image, size));
        return after;
    }

    private int sizeAfterCrash(Random random, int old) {
        int now = cut < durableSize && old == durableSize ? Math.max(old, seenSize) : seenSize;
        int low = Math.min(old, now);
        int high = Math.max(old, now);
        return switch (random.nextInt(4)) {
            case 0 -> old;
            case 1 -> low + random.nextInt(high - low + 1);
            default -> now;
        };
    }
}
