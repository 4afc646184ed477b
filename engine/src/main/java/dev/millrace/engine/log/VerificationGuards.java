package dev.millrace.engine.log;

import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/// The guards that are out, by producer id: one for each, whatever the number of its batches that wait. In memory only.
///
/// Bounded: the oldest goes when there are too many, and what comes with it is refused as if a marker had come.
final class VerificationGuards {
    private static final int MOST = 10_000;

    private final LinkedHashMap<Long, VerificationGuard> byProducer = new LinkedHashMap<>(0);

    VerificationGuard take(long producerId, short epoch, int sequence, boolean adds, long nowMs) {
        VerificationGuard known = byProducer.get(producerId);
        if (known != null) {
            known.alsoFor(epoch, sequence);
            return known;
        }
        var made = new VerificationGuard(nowMs, adds, epoch, sequence);
        byProducer.put(producerId, made);
        if (byProducer.size() > MOST) {
            byProducer.pollFirstEntry();
        }
        return made;
    }

    @Nullable VerificationGuard of(long producerId) {
        return byProducer.get(producerId);
    }

    /// A batch of the producer's transaction is in the log.
    void appended(long producerId) {
        if (!byProducer.isEmpty()) {
            byProducer.remove(producerId);
        }
    }

    /// A marker is in the log. It leaves the guard of a transaction that has its epoch: the marker's own has the one before.
    void ended(long producerId, short markerEpoch) {
        VerificationGuard guard = byProducer.get(producerId);
        if (guard != null && !(guard.adds && guard.epoch() == markerEpoch)) {
            byProducer.remove(producerId);
        }
    }

    void expire(long nowMs, long expirationMs) {
        byProducer.values().removeIf(guard -> nowMs - guard.createdMs >= expirationMs);
    }

    void clear() {
        byProducer.clear();
    }

    /// For tests of the bound.
    int size() {
        return byProducer.size();
    }
}
