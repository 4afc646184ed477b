package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Blocks of bytes that nobody uses just now, so that what walks over many logs does not make one for each of them.
///
/// **Bound.** So many blocks, each as large as the largest walk that it served; one that finds no room is garbage. Any thread, without
/// a lock.
final class SpareBlocks {
    private final AtomicReferenceArray<@Nullable ByteBuffer> spare;

    SpareBlocks(int most) {
        this.spare = new AtomicReferenceArray<>(most);
    }

    /// A block of at least that many bytes, which is the caller's until it gives it back.
    ByteBuffer take(int bytes) {
        for (int i = 0; i < spare.length(); i++) {
            ByteBuffer block = spare.getAndSet(i, null);
            if (block != null) {
                // One that is too small has seen its time: the next of that size would ask in vain
                // again.
                return block.capacity() >= bytes ? block.clear() : ByteBuffer.allocate(bytes);
            }
        }
        return ByteBuffer.allocate(bytes);
    }

    void giveBack(ByteBuffer block) {
        for (int i = 0; i < spare.length(); i++) {
            if (spare.compareAndSet(i, null, block)) {
                return;
            }
        }
    }
}
