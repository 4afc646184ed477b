package dev.millrace.engine.log;

import org.jspecify.annotations.Nullable;

/// The last offset of each key, for one pass over one log. Open addressing with linear probing; `docs/compaction.md` tells why a
/// record is never taken for another's.
///
/// A **wide** map keeps all 128 bits of a key's hash, a **narrow** one 64 of them, beside the place at which the search for it begins. Offsets
/// are kept relative to the first, in 32 bits; 0 marks a slot that is free.
///
/// A slot's parts stand together, since no cache holds a map: offset, low half of the hash, in a wide map its high half.
final class OffsetMap {
    /// The greatest distance of an offset from the first.
    static final long FARTHEST = 0xffff_fffeL;

    /// Bytes.
    static final int WIDE_SLOT = 20;

    static final int NARROW_SLOT = 12;

    /// Offsets of which one word of the marks tells.
    private static final int OFFSETS_A_WORD = 32;

    private static final long NOTED = 2;
    private static final long LATEST = 1;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    /// A map that can grow begins with this part of its slots: records of a log that is compacted share their keys.
    private static final int FIRST_PART = 16;

    /// The part of the memory that the marks may take.
    private static final int MARKS_PART = 16;

    private final long first;
    private final double load;
    private final boolean wide;

    /// Ints in a slot.
    private final int stride;

    private final int mostCount;
    private final int most;

    /// Two bits for each offset from the first on: it was noted, and it is the last of its key. Null where that would take too much.
    private final long @Nullable [] marks;

    private int[] slots;
    private int count;
    private int keys;

    /// For how many keys there is room before it has to grow.
    private int room;

    /// Of no use but that the looks of [#fetch] are not left out by the compiler, since it is written.
    @SuppressWarnings("UnusedVariable")
    private int fetched;

    private OffsetMap(
            long first,
            int count,
            int mostCount,
            double load,
            boolean wide,
            long @Nullable [] marks) {
        this.first = first;
        this.load = load;
        this.wide = wide;
        this.stride = (wide ? WIDE_SLOT : NARROW_SLOT) / Integer.BYTES;
        this.mostCount = mostCount;
        this.most = room(mostCount);
        this.marks = marks;
        this.count = count;
        this.room = room(count);
        this.slots = new int[count * stride];
    }

    /// The map for the offsets from `first` to `end`: wide if that many keys would fit, else narrow and as large as it may be.
    ///
    /// @param maxBytes all that the map may take
    /// @param load how full it may get, above 0 and below 1
    static OffsetMap of(long first, long end, long maxBytes, double load) {
        long words = (end - first) / OFFSETS_A_WORD + 1;
        boolean marked = end - first <= FARTHEST && words <= maxBytes / Long.BYTES / MARKS_PART;
        long[] marks = marked ? new long[(int) words] : null;
        long bytes = marked ? maxBytes - words * Long.BYTES : maxBytes;
        long wanted = (long) ((end - first) / load) + 2;
        if (wanted <= fitting(bytes, WIDE_SLOT)) {
            // It doubles: the last time there is an old array of half the size beside the new one.
            boolean grows = (wanted + wanted / 2 + FIRST_PART) * WIDE_SLOT <= bytes;
            int count = (int) (grows ? wanted / FIRST_PART + 1 : wanted);
            return new OffsetMap(first, count, (int) wanted, load, true, marks);
        }
        int count = (int) Math.max(2, Math.min(wanted, fitting(bytes, NARROW_SLOT)));
        return new OffsetMap(first, count, count, load, false, marks);
    }

    private static long fitting(long bytes, int slotBytes) {
        return Math.min(bytes / slotBytes, LARGEST_ARRAY / (slotBytes / Integer.BYTES));
    }

    static OffsetMap wide(long first, int count, double load) {
        return new OffsetMap(first, count, count, load, true, null);
    }

    static OffsetMap narrow(long first, int count, double load) {
        return new OffsetMap(first, count, count, load, false, null);
    }

    private int room(int ofCount) {
        return (int) Math.min(ofCount - 1L, (long) (ofCount * load));
    }

    /// Notes that the key is at `offset`, which is at least that of every call before.
    ///
    /// @return false when there is no room for another key, or the offset is too far: nothing was noted
    boolean put(long high, long low, long offset) {
        int slot = find(high, low);
        long before = Integer.toUnsignedLong(slots[slot]);
        if (offset - first > FARTHEST || (before == 0 && keys >= most)) {
            return false;
        }
        if (before == 0) {
            if (keys >= room) {
                grow();
                slot = find(high, low);
            }
            keys++;
            set(slot, high, low);
        }
        slots[slot] = (int) (offset - first + 1);
        if (marks != null) {
            if (before != 0) {
                marks[word(before - 1)] &= ~(LATEST << shift(before - 1));
            }
            marks[word(offset - first)] |= (NOTED | LATEST) << shift(offset - first);
        }
        return true;
    }

    private void set(int slot, long high, long low) {
        slots[slot + 1] = (int) low;
        slots[slot + 2] = (int) (low >>> 32);
        if (wide) {
            slots[slot + 3] = (int) high;
            slots[slot + 4] = (int) (high >>> 32);
        }
    }

    private static int word(long distance) {
        return (int) (distance / OFFSETS_A_WORD);
    }

    private static int shift(long distance) {
        return (int) (distance % OFFSETS_A_WORD) * 2;
    }

    /// Only a wide map does: it knows of each key where the search for it begins.
    private void grow() {
        int[] old = slots;
        while (keys >= room) {
            count = (int) Math.min(mostCount, 2L * count);
            room = room(count);
        }
        slots = new int[count * stride];
        for (int from = 0; from < old.length; from += stride) {
            if (old[from] != 0) {
                int slot = find(joined(old, from + 3), joined(old, from + 1));
                System.arraycopy(old, from, slots, slot, stride);
            }
        }
    }

    private static long joined(int[] ints, int at) {
        return (ints[at] & 0xffff_ffffL) | ((long) ints[at + 1] << 32);
    }

    /// Where the key was noted last; -1 when it was not.
    long latest(KeyHash key) {
        int offset = slots[find(key.high(), key.low())];
        return offset == 0 ? -1 : first + Integer.toUnsignedLong(offset) - 1;
    }

    /// Whether a key was noted at that offset, so that [#isLatest] tells of it. Where none was, or marks take too much, only the key does.
    boolean isMarked(long offset) {
        return marks != null
                && offset >= first
                && (marks[word(offset - first)] & (NOTED << shift(offset - first))) != 0;
    }

    /// Whether a key was noted at that offset, and not again since.
    boolean isLatest(long offset) {
        return marks != null
                && (marks[word(offset - first)] & (LATEST << shift(offset - first))) != 0;
    }

    /// Looks at the slots of the keys that are put next: the processor fetches several of them at a time, where each `put` would wait for
    /// its own.
    ///
    /// @param high halves of the hashes of so many keys
    void fetch(long[] high, int ofKeys) {
        int seen = 0;
        for (int i = 0; i < ofKeys; i++) {
            seen |= slots[home(high[i])];
        }
        fetched = seen;
    }

    /// The key's slot, or the free one that it would get.
    private int find(long high, long low) {
        int slot = home(high);
        while (slots[slot] != 0 && !holds(slot, high, low)) {
            slot = slot + stride == slots.length ? 0 : slot + stride;
        }
        return slot;
    }

    /// The slot at which the search for a hash begins: in the order of the hashes.
    private int home(long high) {
        return (int) (((high >>> 32) * count) >>> 32) * stride;
    }

    private boolean holds(int slot, long high, long low) {
        return joined(slots, slot + 1) == low && (!wide || joined(slots, slot + 3) == high);
    }

    boolean isWide() {
        return wide;
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
