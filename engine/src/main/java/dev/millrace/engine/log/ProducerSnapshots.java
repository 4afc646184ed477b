package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.zip.CRC32C;

/// Producer states on disk: `<offset>.snapshot` tells what the batches below that offset made of them.
///
/// Kafka's format, big-endian: version 1 (2), CRC-32C of what follows (4), number of entries (4), then for each producer: id (8),
/// epoch (2), last sequence (4), last offset (8), last offset delta (4), timestamp (8), coordinator epoch (4), first offset of the
/// open transaction or -1 (8).
///
/// Kafka keeps only the last batch of each: a producer that sends again what was on the way when its leader was started anew is told
/// that it is out of order, begins another epoch, and what was written already is there twice. So there is more here, behind the entries,
/// where Kafka does not look: for each producer, in the same order, the number of its batches before the last one (1), and for each of
/// these, oldest first, its last sequence (4), last offset (8), last offset delta (4) and timestamp (8). All of it is left out when nobody
/// has any, and may be missing.
final class ProducerSnapshots {
    private static final short VERSION = 1;
    private static final int CRC = 2;
    private static final int BODY = 6;
    private static final int ENTRIES = 10;
    private static final int ENTRY = 46;
    private static final int EARLIER = 24;

    private ProducerSnapshots() {}

    static ByteBuffer encode(ProducerStates states) {
        int count = states.all().size();
        int earlier = states.all().stream().mapToInt(ProducerState::earlier).sum();
        int behind = earlier == 0 ? 0 : count + earlier * EARLIER;
        ByteBuffer out = ByteBuffer.allocate(ENTRIES + count * ENTRY + behind);
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
        if (earlier > 0) {
            for (ProducerState p : states.all()) {
                out.put((byte) p.earlier());
                p.eachEarlier((sequence, offset, delta, timestamp) ->
                        out.putInt(sequence).putLong(offset).putInt(delta).putLong(timestamp));
            }
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
        long behind = ENTRIES + (long) count * ENTRY;
        if (count < 0 || bytes.length < behind) {
            return false;
        }
        ByteBuffer earlier = in.duplicate().position((int) behind);
        var decoded = new ArrayList<ProducerState>(count);
        in.position(ENTRIES);
        try {
            for (int i = 0; i < count; i++) {
                decoded.add(decode(in, earlier));
            }
        } catch (BufferUnderflowException e) {
            return false;
        }
        if (earlier.hasRemaining()) {
            return false;
        }
        decoded.forEach(states::restore);
        return true;
    }

    private static ProducerState decode(ByteBuffer in, ByteBuffer earlier) {
        var state = new ProducerState(in.getLong());
        short epoch = in.getShort();
        int lastSequence = in.getInt();
        long lastOffset = in.getLong();
        int delta = in.getInt();
        long timestamp = in.getLong();
        int batches = earlier.hasRemaining() ? earlier.get() : 0;
        for (int i = 0; i < batches; i++) {
            state.add(
                    epoch,
                    earlier.getInt(),
                    earlier.getLong(),
                    earlier.getInt(),
                    earlier.getLong());
        }
        if (lastOffset >= 0) {
            state.add(epoch, lastSequence, lastOffset, delta, timestamp);
        }
        state.restore(epoch, in.getInt(), timestamp, in.getLong());
        return state;
    }

    /// Writes the snapshot at `offset`, unsynced: its checksum tells whether it is whole.
    static void write(Storage directory, long offset, ProducerStates states) throws IOException {
        try (StoredFile file = directory.open(LogFiles.of(offset, LogFiles.SNAPSHOT))) {
            file.truncate(0);
            file.append(encode(states));
        }
    }
}
