package dev.millrace.engine.quorum;

import java.nio.ByteBuffer;
import org.apache.kafka.common.memory.MemoryPool;

/// Buffers that batches are built in. They begin small: who builds a batch writes through a stream that moves to a larger buffer when
/// it has to.
///
/// Kafka's own pool hands out, and keeps five of, what the largest batch may take, 8 MiB, which no ordinary one does. A small buffer is
/// so cheap that none is kept; and none may be: the client gives a buffer back when its batch is in the log, and reads in it when the
/// batch is committed, when that was appended (kafka-raft 4.4.0). By then another batch would be there. Their number has no other
/// bound than how many batches the client builds, as in Kafka.
///
/// Any thread: a proposal is built on its proposer's.
final class QuorumMemory implements MemoryPool {
    static final QuorumMemory BUFFERS = new QuorumMemory();

    private static final int FIRST_BYTES = 64 << 10;

    private QuorumMemory() {}

    @Override
    public ByteBuffer tryAllocate(int mostBytes) {
        return ByteBuffer.allocate(Math.min(mostBytes, FIRST_BYTES));
    }

    /// Nothing is kept.
    @Override
    public void release(ByteBuffer buffer) {}

    @Override
    public long size() {
        return Long.MAX_VALUE;
    }

    @Override
    public long availableMemory() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean isOutOfMemory() {
        return false;
    }
}
