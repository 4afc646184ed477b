package dev.millrace.cli.perf;

import java.util.BitSet;

/// Which records of a latency test were acknowledged, and which arrived: a bit for each.
///
/// **Owner.** The client's thread that acknowledges and the consumer's, one at a time. A plan is refused before it asks for more
/// than [#MOST] records, 125 MB for each of the two sets.
public final class Deliveries {
    /// The most records that a test may send.
    public static final int MOST = 1_000_000_000;

    private final BitSet acknowledged = new BitSet();
    private final BitSet arrived = new BitSet();
    private long duplicated;

    synchronized void acknowledged(long index) {
        acknowledged.set((int) index);
    }

    /// @return whether it is the first time that this record arrives
    synchronized boolean arrived(long index) {
        if (arrived.get((int) index)) {
            duplicated++;
            return false;
        }
        arrived.set((int) index);
        return true;
    }

    /// Acknowledged, and not arrived.
    synchronized long missing() {
        var missing = (BitSet) acknowledged.clone();
        missing.andNot(arrived);
        return missing.cardinality();
    }

    synchronized long duplicated() {
        return duplicated;
    }
}
