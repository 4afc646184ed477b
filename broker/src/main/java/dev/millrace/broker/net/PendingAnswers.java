package dev.millrace.broker.net;

import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.RequestContext;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// The answers to produce requests that a connection still owes, in order, while it reads and appends the next ones.
///
/// **Bound.** So many answers; who adds one more waits until the oldest has been sent, which stops the reading.
/// **Owner.** Filled by the connection's reading thread, emptied by its writing thread.
final class PendingAnswers {
    /// @param outcome what the handler said when the request was handled
    record Pending(RequestContext context, Outcome<? extends ApiMessage> outcome) {
        boolean ready() {
            return !(outcome instanceof Outcome.Parked<? extends ApiMessage> parked)
                    || parked.signal().toCompletableFuture().isDone();
        }
    }

    private final @Nullable Pending[] ring;
    private int first;
    private int size;
    private boolean closed;

    PendingAnswers(int bound) {
        ring = new Pending[bound];
    }

    /// @return false when the connection has been closed meanwhile
    synchronized boolean add(Pending pending) throws InterruptedException {
        while (size == ring.length && !closed) {
            wait();
        }
        if (closed) {
            return false;
        }
        ring[(first + size++) % ring.length] = pending;
        notifyAll();
        return true;
    }

    /// Waits for the oldest answer; it stays until [#sent].
    ///
    /// @return null when the connection has been closed
    synchronized @Nullable Pending oldest() throws InterruptedException {
        while (size == 0 && !closed) {
            wait();
        }
        return closed ? null : ring[first];
    }

    /// The `n`-th oldest answer when it can be given without waiting, else null.
    synchronized @Nullable Pending readyAt(int n) {
        if (closed || n >= size) {
            return null;
        }
        Pending next = ring[(first + n) % ring.length];
        return next != null && next.ready() ? next : null;
    }

    /// So many of the oldest have left.
    synchronized void sent(int count) {
        for (int i = 0; i < count; i++) {
            ring[first] = null;
            first = (first + 1) % ring.length;
        }
        size -= count;
        notifyAll();
    }

    synchronized boolean isEmpty() {
        return size == 0;
    }

    /// @return false when the connection has been closed before all were sent
    synchronized boolean awaitAllSent() throws InterruptedException {
        while (size > 0 && !closed) {
            wait();
        }
        return size == 0;
    }

    /// Nobody waits any more.
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
