package dev.millrace.engine.log;

import org.jspecify.annotations.Nullable;

/// The last offset of each key, for one pass over one log. Open addressing with linear probing, of a size that does not change;
/// `docs/compaction.md` tells why a record is never taken for another's.
///
/// A **wide** map keeps all 128 bits of a key's hash, a **narrow** one 64 of them, beside the place at which the search for it begins. Offsets
/// are kept relative to the first, in 32 bits; 0 marks a slot that is free.
final class OffsetMap {
    /// The greatest distance of an offset from the first.
    static final long FARTHEST = 0xffff_fffeL;

    /// Bytes.
    static final int WIDE_SLOT = 20;

    static final int NARROW_SLOT = 12;

    private final long first;
    private final long @Nullable [] high;
    private final long[] low;
    private final int[] offsets;
    private final int most;
    private int keys;

    private OffsetMap(long first, int slots, double load, boolean wide) {
        this.first = first;
        this.high = wide ? new long[slots] : null;
        this.low = new long[slots];
        this.offsets = new int[slots];
        this.most = (int) Math.min(slots - 1L, (long) (slots * load));
    }

    /// The map for the offsets from `first` to `end`: wide if that many keys would fit, else narrow and as large as it may be.
    ///
    /// @param maxBytes all that the map may take
    /// @param load how full it may get, above 0 and below 1
    static OffsetMap of(long first, long end, long maxBytes, double load) {
        long wanted = (long) Math.min(Integer.MAX_VALUE - 8L, (end - first) / load + 2);
        if (wanted * WIDE_SLOT <= maxBytes) {
            return wide(first, (int) wanted, load);
        }
        long possible = Math.min(maxBytes / NARROW_SLOT, Integer.MAX_VALUE - 8L);
        return narrow(first, (int) Math.max(2, Math.min(wanted, possible)), load);
    }

    static OffsetMap wide(long first, int slots, double load) {
        return new OffsetMap(first, slots, load, true);
    }

    static OffsetMap narrow(long first, int slots, double load) {
        return new OffsetMap(first, slots, load, false);
    }

    /// Notes that the key is at `offset`, which is at least that of every call before.
    ///
    /// @return false when there is no room for another key, or the offset is too far: nothing was noted
    boolean put(KeyHash key, long offset) {
        int slot = find(key);
        boolean isNew = offsets[slot] == 0;
        if (offset - first > FARTHEST || (isNew && keys >= most)) {
            return false;
        }
        if (isNew) {
            keys++;
            low[slot] = key.low();
            if (high != null) {
                high[slot] = key.high();
            }
        }
        offsets[slot] = (int) (offset - first + 1);
        return true;
    }

    /// Where the key was noted last; -1 when it was not.
    long latest(KeyHash key) {
        int offset = offsets[find(key)];
        return offset == 0 ? -1 : first + Integer.toUnsignedLong(offset) - 1;
    }

    /// The key's slot, or the free one that it would get.
    private int find(KeyHash key) {
        int slot = home(key.high(), offsets.length);
        while (offsets[slot] != 0 && !holds(slot, key)) {
            slot = slot + 1 == offsets.length ? 0 : slot + 1;
        }
        return slot;
    }

    /// The slot at which the search for a hash begins: in the order of the hashes.
    private static int home(long high, int slots) {
        return (int) (((high >>> 32) * slots) >>> 32);
    }

    private boolean holds(int slot, KeyHash key) {
        return low[slot] == key.low() && (high == null || high[slot] == key.high());
    }

    boolean isWide() {
        return high != null;
    }

    /// How many keys it holds.
    int keys() {
        return keys;
    }

    /// How many keys it may hold.
    int most() {
        return most;
    }
}
