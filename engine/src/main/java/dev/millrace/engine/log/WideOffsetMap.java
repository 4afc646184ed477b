package dev.millrace.engine.log;

/// Keeps all 128 bits of each key's hash: exact.
final class WideOffsetMap implements OffsetMap {
    /// Bytes.
    static final int SLOT = 20;

    private final long first;
    private final long[] high;
    private final long[] low;
    private final int[] offsets;
    private final int most;
    private int keys;

    WideOffsetMap(long first, int slots, double load) {
        this.first = first;
        this.high = new long[slots];
        this.low = new long[slots];
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
            high[slot] = key.high();
            low[slot] = key.low();
        }
        offsets[slot] = (int) (offset - first + 1);
        return true;
    }

    @Override
    public long latest(KeyHash key) {
        int offset = offsets[find(key)];
        return offset == 0 ? -1 : first + Integer.toUnsignedLong(offset) - 1;
    }

    /// The key's slot, or the free one that it would get.
    private int find(KeyHash key) {
        long wantedHigh = key.high();
        long wantedLow = key.low();
        int slot = OffsetMap.home(wantedHigh, offsets.length);
        while (offsets[slot] != 0 && (low[slot] != wantedLow || high[slot] != wantedHigh)) {
            slot = slot + 1 == offsets.length ? 0 : slot + 1;
        }
        return slot;
    }

    @Override
    public boolean exact() {
        return true;
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
