package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// Producer states on disk: `<offset>.snapshot` tells what the batches below that offset made of them.
///
/// Kafka's format, big-endian: version 1 (2), CRC-32C of what follows (4), number of entries (4), then for each producer: id (8),
/// epoch (2), last sequence (4), last offset (8), last offset delta (4), timestamp (8), coordinator epoch (4), first offset of the
/// open transaction or -1 (8). Only the last batch of each is kept.
final class ProducerSnapshots {
    private static final short VERSION = 1;
    private static final int CRC = 2;
    private static final int BODY = 6;
    private static final int ENTRIES = 10;
    private static final int ENTRY = 46;

    private ProducerSnapshots() {}

    static ByteBuffer encode(ProducerStates states) {
        int count = states.all().size();
        ByteBuffer out = ByteBuffer.allocate(ENTRIES + count * ENTRY);
        out.putShort(VERSION).putInt(0).putInt(count);
        for (ProducerState p : states.all()) {
            out.putLong(p.producerId())
                    .putShort(p.epoch())
                    .putInt(p.lastSequence())
                    .putLong(p.lastOffset())
                    .putInt(p.lastOffsetDelta())
                    .putLong(p.lastTimestamp())
                    .putInt(p.coordinatorEpoch())
                    .putLong(p.transactionFirstOffset());
        }
        out.putInt(CRC, crc(out.flip()));
        return out;
    }

    private static int crc(ByteBuffer bytes) {
        var crc = new CRC32C();
        crc.update(bytes.slice(BODY, bytes.limit() - BODY));
        return (int) crc.getValue();
    }

    /// Adds what the snapshot tells to `states`; false, and nothing added, when it is damaged.
    static boolean decode(byte[] bytes, ProducerStates states) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes.length < ENTRIES || in.getShort(0) != VERSION || in.getInt(CRC) != crc(in)) {
            return false;
        }
        int count = in.getInt(BODY);
        if (count < 0 || bytes.length != ENTRIES + (long) count * ENTRY) {
            return false;
        }
        in.position(ENTRIES);
        for (int i = 0; i < count; i++) {
            var state = new ProducerState(in.getLong());
            short epoch = in.getShort();
            int lastSequence = in.getInt();
            long lastOffset = in.getLong();
            int delta = in.getInt();
            long timestamp = in.getLong();
            if (lastOffset >= 0) {
                state.add(epoch, lastSequence, lastOffset, delta, timestamp);
            }
            state.restore(epoch, in.getInt(), timestamp, in.getLong());
            states.restore(state);
        }
        return true;
    }

    /// Writes the snapshot at `offset`, unsynced: its checksum tells whether it is whole.
    static void write(Storage directory, long offset, ProducerStates states) throws IOException {
        try (StoredFile file = directory.open(LogFiles.of(offset, LogFiles.SNAPSHOT))) {
            file.truncate(0);
            file.append(encode(states));
        }
    }
}
