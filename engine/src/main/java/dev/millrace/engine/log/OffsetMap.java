package dev.millrace.engine.log;

/// The last offset of each key, for one pass over one log. Open addressing with linear probing, of a size that does not change;
/// `docs/compaction.md` tells why a record is never taken for another's.
///
/// Offsets are kept relative to the first, in 32 bits; 0 marks a slot that is free.
sealed interface OffsetMap permits WideOffsetMap, NarrowOffsetMap, OneKeyMap {
    /// The greatest distance of an offset from the first.
    long FARTHEST = 0xffff_fffeL;

    /// Notes that the key is at `offset`, which is at least that of every call before.
    ///
    /// @return false when there is no room for another key, or the offset is too far: nothing was noted
    boolean put(KeyHash key, long offset);

    /// Where the key was noted last; -1 when it was not. Of a map that is not [#exact()], perhaps where another key was.
    long latest(KeyHash key);

    /// Whether what it says of a key is true, as far as 128 bits tell keys apart.
    boolean exact();

    /// How many keys it holds.
    int keys();

    /// How many keys it may hold.
    int most();

    /// The slot at which the search for a hash begins: in the order of the hashes.
    static int home(long high, int slots) {
        return (int) (((high >>> 32) * slots) >>> 32);
    }

    /// The map for the offsets from `first` to `end`: exact if that many keys would fit, else as large as it may be.
    ///
    /// @param maxBytes all that the map may take
    /// @param load how full it may get, above 0 and below 1
    static OffsetMap of(long first, long end, long maxBytes, double load) {
        long wanted = (long) Math.min(Integer.MAX_VALUE - 8L, (end - first) / load + 2);
        if (wanted * WideOffsetMap.SLOT <= maxBytes) {
            return new WideOffsetMap(first, (int) wanted, load);
        }
        long possible =
                maxBytes * 2 / (2 * NarrowOffsetMap.SLOT + 1); // half a byte each: LatestOffsets
        int slots = (int) Math.min(Math.min(wanted, possible), Integer.MAX_VALUE - 8L);
        return new NarrowOffsetMap(first, Math.max(2, slots), load);
    }
}
