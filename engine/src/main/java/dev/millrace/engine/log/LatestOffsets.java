package dev.millrace.engine.log;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// Of a key the last offset in the mapped section, as true as 128 bits of its hash are: what a narrow map claims is asked of the log
/// before it is believed.
///
/// What was asked last is remembered in a few slots; a key that shares its slot with another is looked for in the log, once.
final class LatestOffsets {
    /// An answer takes 24 bytes; one for so many keys makes half a byte a slot, as [OffsetMap#of] has left.
    private static final int KEYS_FOR_AN_ANSWER = 44;

    private static final int LEAST_ANSWERS = 16;

    /// Keys that share a slot with another. One is rare, so many are not possible.
    private static final int MOST_SHARED = 10_000;

    private record Hash(long high, long low) {}

    /// The log, for what the map does not know.
    interface Keys {
        /// The hash of the key of the record at `offset`, left in `into`.
        ///
        /// @return false when there is no such record
        boolean at(long offset, KeyHash into) throws IOException;

        /// The last offset in the mapped section at which the hash stands; -1 when it does not.
        long latest(long high, long low) throws IOException;
    }

    private final OffsetMap map;
    private final Keys keys;
    private final KeyHash other;
    private final long[] askedHigh;
    private final long[] askedLow;
    private final long[] askedOffsets;
    private final Map<Hash, Long> shared = new HashMap<>();

    /// @param other a hash under the same secret, for the keys that are read back
    LatestOffsets(OffsetMap map, Keys keys, KeyHash other) {
        this.map = map;
        this.keys = keys;
        this.other = other;
        int answers = map.exact() ? 0 : Math.max(LEAST_ANSWERS, map.most() / KEYS_FOR_AN_ANSWER);
        this.askedHigh = new long[answers];
        this.askedLow = new long[answers];
        this.askedOffsets = new long[answers];
    }

    /// Whether a record behind `offset` in the mapped section has this key.
    boolean isSuperseded(KeyHash key, long offset) throws IOException {
        long claimed = map.latest(key);
        if (claimed <= offset) {
            return false; // had the key a later record, the slot would name that or one behind it
        }
        return map.exact() || holds(claimed, key) || isSharedAndSuperseded(key, offset);
    }

    /// Whether the record at `claimed` has the key.
    private boolean holds(long claimed, KeyHash key) throws IOException {
        int answer = Math.floorMod(claimed, askedOffsets.length);
        if (askedOffsets[answer] != claimed || askedHigh[answer] == 0) {
            if (!keys.at(claimed, other)) {
                throw new UncleanableException("no record at offset " + claimed);
            }
            askedOffsets[answer] = claimed;
            askedHigh[answer] = other.high();
            askedLow[answer] = other.low();
        }
        return askedHigh[answer] == key.high() && askedLow[answer] == key.low();
    }

    private boolean isSharedAndSuperseded(KeyHash key, long offset) throws IOException {
        var hash = new Hash(key.high(), key.low());
        Long latest = shared.get(hash);
        if (latest == null) {
            if (shared.size() >= MOST_SHARED) {
                throw new UncleanableException("too many keys share their slots");
            }
            latest = keys.latest(key.high(), key.low());
            shared.put(hash, latest);
        }
        return latest > offset;
    }

    /// How many keys were found to share a slot.
    int shared() {
        return shared.size();
    }
}
