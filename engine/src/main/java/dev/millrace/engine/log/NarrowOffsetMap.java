package dev.millrace.engine.log;

/// Keeps 40 bits of each key's hash, and some by the place of the slot: two keys may share a slot. [LatestOffsets] sorts that out.
final class NarrowOffsetMap implements OffsetMap {
    /// Bytes.
    static final int SLOT = 9;

    private final long first;
    private final int[] prints;
    private final byte[] morePrints;
    private final int[] offsets;
    private final int most;
    private int keys;

    NarrowOffsetMap(long first, int slots, double load) {
        this.first = first;
        this.prints = new int[slots];
        this.morePrints = new byte[slots];
        this.offsets = new int[slots];
        this.most = (int) Math.min(slots - 1L, (long) (slots * load));
    }

    @Override
    public boolean put(KeyHash key, long offset) {
        int slot = find(key);
        boolean isNew = offsets[slot] == 0;
        if (offset - first > FARTHEST || (isNew && keys >= most)) {
            return false;
        }
        if (isNew) {
            keys++;
            prints[slot] = print(key);
            morePrints[slot] = morePrint(key);
        }
        offsets[slot] = (int) (offset - first + 1);
        return true;
    }

    @Override
    public long latest(KeyHash key) {
        int offset = offsets[find(key)];
        return offset == 0 ? -1 : first + Integer.toUnsignedLong(offset) - 1;
    }

    private int find(KeyHash key) {
        int print = print(key);
        byte morePrint = morePrint(key);
        int slot = OffsetMap.home(key.high(), offsets.length);
        while (offsets[slot] != 0 && (prints[slot] != print || morePrints[slot] != morePrint)) {
            slot = slot + 1 == offsets.length ? 0 : slot + 1;
        }
        return slot;
    }

    private static int print(KeyHash key) {
        return (int) key.low();
    }

    private static byte morePrint(KeyHash key) {
        return (byte) (key.low() >>> 32);
    }

    @Override
    public boolean exact() {
        return false;
    }

    @Override
    public int keys() {
        return keys;
    }

    @Override
    public int most() {
        return most;
    }
}
