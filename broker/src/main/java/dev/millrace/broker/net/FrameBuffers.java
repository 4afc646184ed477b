package dev.millrace.broker.net;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.log.SerializationCache;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Direct buffers for frames and answers, lent and taken back; in powers of two.
///
/// A buffer is lent for as long as one frame or one answer needs it and comes back at once, so memory follows the work in
/// progress and not the number of connections; the last one returned is lent first, while it is still in the processor's cache.
/// Memory is given back to the system by [#trim()], and without waiting for the garbage collector.
///
/// **Bound.** All buffers together stay below the budget. Who asks for more waits a moment for others to return theirs, and is
/// then refused with an exception that closes its connection.
///
/// **Owner.** Any thread; locks for itself.
final class FrameBuffers {
    /// The smallest buffer; every open connection holds one of these.
    static final int SMALLEST = 1 << 10;

    private static final int SMALLEST_SHIFT = 10;
    private static final int CLASSES = 31 - SMALLEST_SHIFT;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();
    private final SizeClass[] classes = new SizeClass[CLASSES];
    private final long budget;
    private long allocated;

    /// A table that nobody encodes with just now. One for all: it is held for microseconds.
    private final AtomicReference<@Nullable SerializationCache> spareSizes =
            new AtomicReference<>();

    FrameBuffers(long budget) {
        this.budget = budget;
        for (int i = 0; i < CLASSES; i++) {
            classes[i] = new SizeClass();
        }
    }

    /// A buffer and the arena that frees it.
    static final class Lent {
        final ByteBuffer bytes;
        private final Arena arena;
        private boolean out = true;

        private Lent(int size) {
            arena = Arena.ofShared();
            bytes = arena.allocate(size, 64).asByteBuffer();
        }

        int size() {
            return bytes.capacity();
        }
    }

    private static final class SizeClass {
        final Deque<Lent> free = new ArrayDeque<>();

        /// The fewest that lay unused since the last trim: nobody needed those.
        int unused;
    }

    static final class Exhausted extends IOException {
        private static final long serialVersionUID = 1;

        Exhausted(long budget) {
            super("no memory left for requests (" + budget + " bytes are in use)");
        }
    }

    private static int classOf(int size) {
        return size <= SMALLEST ? 0 : 32 - Integer.numberOfLeadingZeros(size - 1) - SMALLEST_SHIFT;
    }

    /// @param size at most 1 GB
    /// @return at least `size` bytes, cleared position and limit, contents undefined
    Lent take(int size) throws Exhausted {
        check(size <= 1 << 30, "a frame buffer has at most 1 GB");
        int wanted = classOf(size);
        lock.lock();
        try {
            SizeClass sizeClass = classes[wanted];
            Lent free = sizeClass.free.pollFirst();
            if (free != null) {
                sizeClass.unused = Math.min(sizeClass.unused, sizeClass.free.size());
                free.out = true;
                free.bytes.clear();
                return free;
            }
            reserve(SMALLEST << wanted);
        } finally {
            lock.unlock();
        }
        return new Lent(SMALLEST << wanted);
    }

    private void reserve(int size) throws Exhausted {
        if (allocated + size > budget) {
            freeUnlent(Integer.MAX_VALUE);
        }
        long left = PATIENCE_NS;
        while (allocated + size > budget) {
            try {
                left = returned.awaitNanos(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Exhausted(budget);
            }
            if (left <= 0) {
                throw new Exhausted(budget);
            }
            freeUnlent(Integer.MAX_VALUE);
        }
        allocated += size;
    }

    /// What encoding one message needs; the taker's until it is given back.
    SerializationCache takeSizes() {
        SerializationCache spare = spareSizes.getAndSet(null);
        return spare == null ? new SerializationCache() : spare;
    }

    void giveBack(SerializationCache sizes) {
        spareSizes.set(sizes);
    }

    /// Nobody may look at the buffer any more.
    void giveBack(Lent lent) {
        lock.lock();
        try {
            check(lent.out, "a buffer is given back once");
            lent.out = false;
            classes[classOf(lent.size())].free.addFirst(lent);
            if (lock.hasWaiters(returned)) {
                returned.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Frees what nobody needed since the last call. Called every few seconds.
    void trim() {
        lock.lock();
        try {
            for (SizeClass sizeClass : classes) {
                free(sizeClass, sizeClass.unused);
                sizeClass.unused = sizeClass.free.size();
            }
        } finally {
            lock.unlock();
        }
    }

    private void freeUnlent(int atMost) {
        for (SizeClass sizeClass : classes) {
            free(sizeClass, atMost);
            sizeClass.unused = 0;
        }
    }

    private void free(SizeClass sizeClass, int count) {
        for (int i = 0; i < count && !sizeClass.free.isEmpty(); i++) {
            Lent coldest = sizeClass.free.removeLast();
            allocated -= coldest.size();
            coldest.arena.close();
        }
    }

    /// Bytes lent or waiting to be lent.
    long allocatedBytes() {
        lock.lock();
        try {
            return allocated;
        } finally {
            lock.unlock();
        }
    }
}
