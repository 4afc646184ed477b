package dev.millrace.engine.coordinator;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads a shard's log, from its start to what was its end when that began, into a new state: a slice at a time.
///
/// **Owner.** One worker at a time, in no turn. **Bound.** A slice is one read.
///
/// @param <F> the coordinator's facts
final class LogReplay<F> {
    /// What others want of a worker (a flush, a fetch from a leader) waits for a slice of each load that is under way.
    private static final int SLICE_BYTES = 1 << 18;

    private static final Logger LOG = LoggerFactory.getLogger(LogReplay.class);

    private final String name;
    private final CoordinatorLog log;
    private final FactFormat<F> format;
    private final CoordinatorState<F> state;
    private final LoadProgress progress;
    private final long end;
    private long offset;

    /// @param state a new one
    LogReplay(
            String name,
            CoordinatorLog log,
            FactFormat<F> format,
            CoordinatorState<F> state,
            LoadProgress progress) {
        this.name = name;
        this.log = log;
        this.format = format;
        this.state = state;
        this.progress = progress;
        this.end = log.end();
        this.offset = log.start();
        progress.found(end - offset);
    }

    /// Where it reads to.
    long end() {
        return end;
    }

    /// Reads a slice.
    ///
    /// @param wanted whether anybody wants the state still; otherwise nothing is read any more
    /// @return whether it is to be called again
    boolean readOn(boolean wanted) throws IOException {
        boolean goesOn = false;
        try {
            if (wanted && offset < end) {
                long next = slice(offset);
                progress.read(next - offset);
                offset = next;
            }
            goesOn = wanted && offset < end;
            return goesOn;
        } finally {
            if (!goesOn) {
                over();
            }
        }
    }

    private void over() {
        if (offset < end) {
            progress.gaveUp(end - offset);
        } else {
            progress.ended();
        }
    }

    /// @return the offset after what was read
    private long slice(long from) throws IOException {
        MemoryRecords slice = log.read(from, SLICE_BYTES);
        long next = from;
        for (RecordBatch batch : slice.batches()) {
            if (batch.isControlBatch()) {
                marker(batch);
            } else {
                facts(batch, from);
            }
            next = batch.nextOffset();
        }
        if (next <= from) {
            throw new IOException("nothing to read at offset " + from);
        }
        return next;
    }

    private void facts(RecordBatch batch, long from) {
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

    private void marker(RecordBatch batch) {
        for (Record record : batch) {
            switch (ControlRecordType.parse(record.key())) {
                case COMMIT -> state.replayMarker(batch.producerId(), true);
                case ABORT -> state.replayMarker(batch.producerId(), false);
                default -> {} // of no transaction
            }
        }
    }
}
