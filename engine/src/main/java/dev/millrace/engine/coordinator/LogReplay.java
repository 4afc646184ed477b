package dev.millrace.engine.coordinator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads a shard's log from its start to what is its end by then into a new state. On a worker, in no turn.
///
/// @param <F> the coordinator's facts
record LogReplay<F>(String name, CoordinatorLog log, FactFormat<F> format, LoadProgress progress) {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(LogReplay.class);

    /// @param wanted asked before each read: reading ends early when nobody wants the state any more
    /// @return the end that was read to
    long into(CoordinatorState<F> state, BooleanSupplier wanted) throws IOException {
        long end = log.end();
        long offset = log.start();
        progress.found(end - offset);
        try {
            while (offset < end && wanted.getAsBoolean()) {
                long next = chunk(state, offset);
                progress.read(next - offset);
                offset = next;
            }
        } finally {
            if (offset < end) {
                progress.gaveUp(end - offset);
            } else {
                progress.ended();
            }
        }
        return end;
    }

    /// @return the offset after what was read
    private long chunk(CoordinatorState<F> state, long from) throws IOException {
        MemoryRecords chunk = log.read(from, CHUNK_BYTES);
        long next = from;
        for (RecordBatch batch : chunk.batches()) {
            if (batch.isControlBatch()) {
                marker(state, batch);
            } else {
                facts(state, batch, from);
            }
            next = batch.nextOffset();
        }
        if (next <= from) {
            throw new IOException("nothing to read at offset " + from);
        }
        return next;
    }

    private void facts(CoordinatorState<F> state, RecordBatch batch, long from) {
        long producer = batch.isTransactional() ? batch.producerId() : CoordinatorState.NO_PRODUCER;
        for (Record record : batch) {
            ByteBuffer key = record.key();
            if (record.offset() < from || key == null) {
                continue;
            }
            @Nullable F fact = format.read(key, record.value());
            if (fact == null) {
                LOG.warn("{}: a record of an unknown kind at {} is ignored", name, record.offset());
            } else {
                state.replay(fact, record.offset(), producer);
            }
        }
    }

    private static void marker(CoordinatorState<?> state, RecordBatch batch) {
        for (Record record : batch) {
            switch (ControlRecordType.parse(record.key())) {
                case COMMIT -> state.replayMarker(batch.producerId(), true);
                case ABORT -> state.replayMarker(batch.producerId(), false);
                default -> {} // of no transaction
            }
        }
    }
}
