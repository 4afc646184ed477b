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
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Direct buffers for frames and answers, lent and taken back; in powers of two.
///
/// A buffer is lent for as long as one frame or one answer needs it and comes back at once, so memory follows the work in
/// progress and not the number of connections; the last one returned is lent first, while it is still in the processor's cache.
/// Memory is given back to the system by [#trim()], and without waiting for the garbage collector.
///
/// **Bound.** All buffers together stay below the budget, and an eighth more that only small ones may use: what few strangers can
/// take with long requests leaves enough for new connections, short requests and most answers. Who asks for more waits a moment for
/// others to return theirs; when none do, whoever is slow with its request is made to, and the wait begins anew; when nobody is, who asks
/// is refused with an exception that closes its connection.
///
/// **Owner.** Any thread; locks for itself.
final class FrameBuffers {
    /// The smallest buffer; every open connection holds one of these.
    static final int SMALLEST = 1 << 10;

    /// Up to so many bytes a buffer is small: nearly every answer whose records are copied fits.
    static final int SMALL = 256 << 10;

    private static final int SMALLEST_SHIFT = 10;
    private static final int CLASSES = 31 - SMALLEST_SHIFT;
    static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();
    private final SizeClass[] classes = new SizeClass[CLASSES];
    private final long budget;
    private final long patienceNs;
    private final BooleanSupplier relief;
    private final Supplier<Arena> arenas;
    private long allocated;

    /// A table that nobody encodes with just now. One for all: it is held for microseconds.
    private final AtomicReference<@Nullable SerializationCache> spareSizes =
            new AtomicReference<>();

    FrameBuffers(long budget) {
        this(budget, PATIENCE_NS, () -> false, Arena::ofShared);
    }

    /// @param patienceNs that who asks waits for others
    /// @param relief asked when that was in vain; true when somebody will return memory who would not have
    /// @param arenas what the buffers are allocated in, one each
    FrameBuffers(long budget, long patienceNs, BooleanSupplier relief, Supplier<Arena> arenas) {
        this.budget = budget;
        this.patienceNs = patienceNs;
        this.relief = relief;
        this.arenas = arenas;
        for (int i = 0; i < CLASSES; i++) {
            classes[i] = new SizeClass();
        }
    }

    /// A buffer and the arena that frees it.
    static final class Lent {
        final ByteBuffer bytes;
        private final Arena arena;
        private boolean out = true;

        private Lent(Arena arena, int size) {
            this.arena = arena;
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
        Lent lent = take(size, patienceNs);
        if (lent == null && relief.getAsBoolean()) {
            lent = take(size, patienceNs);
        }
        return orExhausted(lent);
    }

    /// As [#take(int)], for who must not wait.
    Lent takeAtOnce(int size) throws Exhausted {
        return orExhausted(take(size, 0));
    }

    private Lent orExhausted(@Nullable Lent lent) throws Exhausted {
        if (lent == null) {
            throw new Exhausted(budget);
        }
        return lent;
    }

    /// @return null when there was no room for so long
    private @Nullable Lent take(int size, long withinNs) throws Exhausted {
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
            if (!reserve(SMALLEST << wanted, withinNs)) {
                return null;
            }
        } finally {
            lock.unlock();
        }
        return allocate(SMALLEST << wanted);
    }

    private boolean reserve(int size, long withinNs) throws Exhausted {
        long left = withinNs;
        while (!fits(size)) {
            freeUnlent(Integer.MAX_VALUE);
            if (fits(size)) {
                break;
            }
            if (left <= 0) {
                return false;
            }
            try {
                left = returned.awaitNanos(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Exhausted(budget);
            }
        }
        allocated += size;
        return true;
    }

    private boolean fits(int size) {
        return allocated + size <= (size <= SMALL ? budget + budget / 8 : budget);
    }

    /// What was reserved becomes a buffer; when the system has no memory, it is not reserved any more.
    private Lent allocate(int size) {
        Lent made = null;
        try {
            made = new Lent(arenas.get(), size);
            return made;
        } finally {
            if (made == null) {
                unreserve(size);
            }
        }
    }

    private void unreserve(int size) {
        lock.lock();
        try {
            allocated -= size;
            returned.signalAll();
        } finally {
            lock.unlock();
        }
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
            // All: the first may want more than this, and another be content with it.
            returned.signalAll();
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

    /// Threads that wait for others to return theirs.
    int waiting() {
        lock.lock();
        try {
            return lock.getWaitQueueLength(returned);
        } finally {
            lock.unlock();
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
