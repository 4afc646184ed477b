package dev.millrace.broker.net;

import java.util.concurrent.TimeUnit;

/// How busy one connection is, judged about once a second from the requests that it made since.
///
/// **Owner.** The connection's reading thread.
final class Pace {
    private static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(1);

    /// A consumer that fetches from busy partitions or a producer is far above, a heartbeat or a metadata refresh far below.
    private static final int BUSY_PER_SECOND = 20;

    private long windowNs;
    private int requests;

    enum Verdict {
        BUSY,
        QUIET,
        UNDECIDED
    }

    Pace(long nowNs) {
        windowNs = nowNs;
    }

    /// Counts a request.
    Verdict request(long nowNs) {
        requests++;
        long forNs = nowNs - windowNs;
        if (forNs < WINDOW_NS) {
            return Verdict.UNDECIDED;
        }
        boolean busy = requests >= BUSY_PER_SECOND * forNs / WINDOW_NS;
        windowNs = nowNs;
        requests = 0;
        return busy ? Verdict.BUSY : Verdict.QUIET;
    }
}
