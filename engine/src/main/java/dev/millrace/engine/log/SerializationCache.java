package dev.millrace.engine.log;

import org.apache.kafka.common.protocol.ObjectSerializationCache;

/// What Kafka's message classes remember between sizing a message and writing it, kept for the next message: its table of 64 places
/// is a third of what a small answer allocates.
///
/// An old entry is never read: `write` asks only for what `addSize` of the same message in the same version has put, and every user
/// calls that directly before. The price is that strings and lists of messages gone by stay reachable; that is why the table is
/// replaced after a few messages, or a few bytes.
///
/// **Owner.** One thread at a time.
public final class SerializationCache {
    private static final int MOST_MESSAGES = 64;
    private static final int MOST_BYTES = 4 << 10;

    private ObjectSerializationCache table = new ObjectSerializationCache();
    private int messages;
    private int bytes;

    /// For the next message, until it is written.
    public ObjectSerializationCache table() {
        return table;
    }

    /// A message of so many bytes was written.
    public void written(int size) {
        messages++;
        bytes = (int) Math.min(Integer.MAX_VALUE, (long) bytes + size);
        if (messages >= MOST_MESSAGES || bytes > MOST_BYTES) {
            table = new ObjectSerializationCache();
            messages = 0;
            bytes = 0;
        }
    }
}
