package dev.millrace.engine.log;

/// What a partition remembers of one producer: its epoch and its last five batches, newest last.
public final class ProducerState {
    static final int BATCHES = 5;
    static final short NO_EPOCH = -1;
    static final int NO_SEQUENCE = -1;

    private final long producerId;
    private short epoch = NO_EPOCH;
    private int coordinatorEpoch = -1;
    private long lastTimestamp = -1;
    private long transactionFirstOffset = -1;
    private int batches;
    private final int[] lastSequences = new int[BATCHES];
    private final int[] offsetDeltas = new int[BATCHES];
    private final long[] lastOffsets = new long[BATCHES];
    private final long[] timestamps = new long[BATCHES];

    ProducerState(long producerId) {
        this.producerId = producerId;
    }

    public long producerId() {
        return producerId;
    }

    public short epoch() {
        return epoch;
    }

    /// Of the last batch; -1 when none is remembered.
    public int lastSequence() {
        return batches == 0 ? NO_SEQUENCE : lastSequences[batches - 1];
    }

    public long lastOffset() {
        return batches == 0 ? -1 : lastOffsets[batches - 1];
    }

    /// Greatest timestamp of the last batch, wall ms.
    public long lastTimestamp() {
        return lastTimestamp;
    }

    /// Of the last transaction marker; -1 when there was none.
    public int coordinatorEpoch() {
        return coordinatorEpoch;
    }

    /// Where the open transaction begins; -1 when there is none.
    public long transactionFirstOffset() {
        return transactionFirstOffset;
    }

    int lastOffsetDelta() {
        return batches == 0 ? 0 : offsetDeltas[batches - 1];
    }

    boolean isEmpty() {
        return batches == 0;
    }

    /// Hears of one remembered batch.
    interface Batch {
        void is(int lastSequence, long lastOffset, int offsetDelta, long timestamp);
    }

    /// How many batches are remembered before the last one.
    int earlier() {
        return Math.max(0, batches - 1);
    }

    /// Those before the last one, oldest first.
    void eachEarlier(Batch batch) {
        for (int i = 0; i < earlier(); i++) {
            batch.is(lastSequences[i], lastOffsets[i], offsetDeltas[i], timestamps[i]);
        }
    }

    /// Which of the remembered batches has exactly these sequences; -1 when none.
    int find(short batchEpoch, int firstSequence, int lastSequence) {
        if (batchEpoch == epoch) {
            for (int i = 0; i < batches; i++) {
                if (lastSequences[i] == lastSequence && firstSequence(i) == firstSequence) {
                    return i;
                }
            }
        }
        return -1;
    }

    private int firstSequence(int at) {
        return (lastSequences[at] - offsetDeltas[at]) & 0x7fffffff;
    }

    AppendResult.Duplicate duplicate(int at) {
        return new AppendResult.Duplicate(
                lastOffsets[at] - offsetDeltas[at], lastOffsets[at], timestamps[at]);
    }

    void add(short batchEpoch, int lastSequence, long lastOffset, int offsetDelta, long timestamp) {
        epoch(batchEpoch);
        if (batches == BATCHES) {
            System.arraycopy(lastSequences, 1, lastSequences, 0, BATCHES - 1);
            System.arraycopy(offsetDeltas, 1, offsetDeltas, 0, BATCHES - 1);
            System.arraycopy(lastOffsets, 1, lastOffsets, 0, BATCHES - 1);
            System.arraycopy(timestamps, 1, timestamps, 0, BATCHES - 1);
            batches--;
        }
        lastSequences[batches] = lastSequence;
        offsetDeltas[batches] = offsetDelta;
        lastOffsets[batches] = lastOffset;
        timestamps[batches++] = timestamp;
        lastTimestamp = timestamp;
    }

    /// A new epoch begins its sequences anew.
    void epoch(short batchEpoch) {
        if (batchEpoch != epoch) {
            batches = 0;
            epoch = batchEpoch;
        }
    }

    void beginTransaction(long firstOffset) {
        if (transactionFirstOffset < 0) {
            transactionFirstOffset = firstOffset;
        }
    }

    void endTransaction(int ofCoordinatorEpoch, long timestamp) {
        transactionFirstOffset = -1;
        coordinatorEpoch = ofCoordinatorEpoch;
        lastTimestamp = timestamp;
    }

    void restore(short savedEpoch, int savedCoordinatorEpoch, long timestamp, long firstOffset) {
        epoch = savedEpoch;
        coordinatorEpoch = savedCoordinatorEpoch;
        lastTimestamp = timestamp;
        transactionFirstOffset = firstOffset;
    }
}
