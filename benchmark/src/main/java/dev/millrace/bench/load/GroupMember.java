package dev.millrace.bench.load;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A member of a group that does nothing but heartbeats and what they lead to, on a connection and a thread of its own.
///
/// Its thread joins, and owns everything but what others read: `epoch`, `owned` and `failure`.
abstract class GroupMember implements AutoCloseable {
    /// What both protocols say about a group that moved on.
    static final short ILLEGAL_GENERATION = 22;

    static final short UNKNOWN_MEMBER_ID = 25;
    static final short REBALANCE_IN_PROGRESS = 27;

    static final List<Short> NOT_YET = List.of((short) 14, (short) 15, (short) 16);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /// A real consumer's: far beyond what a row takes.
    static final int SESSION_MS = 45_000;

    final String group;
    final LoadJob.Target target;
    final GroupConnection connection;
    private final int heartbeatMs;
    private volatile boolean leaving;
    private volatile String failure = "";
    private volatile int epoch;
    private volatile int owned;
    private final Thread thread = Thread.ofVirtual().unstarted(this::run);

    GroupMember(LoadJob.Target target, String group, int heartbeatMs, int maxResponseBytes)
            throws IOException {
        this.target = target;
        this.group = group;
        this.heartbeatMs = heartbeatMs;
        this.connection = new GroupConnection(target.port(), maxResponseBytes);
    }

    static GroupMember of(
            LoadJob.GroupKind kind,
            LoadJob.Target target,
            String group,
            int heartbeatMs,
            int maxResponseBytes)
            throws IOException {
        return switch (kind) {
            case CLASSIC -> new ClassicMember(target, group, heartbeatMs, maxResponseBytes);
            case CONSUMER -> new ConsumerMember(target, group, heartbeatMs, maxResponseBytes);
        };
    }

    void start() {
        thread.start();
    }

    /// The generation or member epoch that it has its assignment for; 0 while it has none.
    final int epoch() {
        return epoch;
    }

    /// How many partitions it has in that epoch.
    final int owned() {
        return owned;
    }

    final String failure() {
        return failure;
    }

    final void has(int partitions, int inEpoch) {
        owned = partitions;
        epoch = inEpoch;
    }

    private void run() {
        try {
            join();
            while (!leaving) {
                Thread.sleep(Duration.ofMillis(heartbeatMs));
                if (!leaving) heartbeat();
            }
            leave();
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    abstract void join() throws IOException;

    abstract void heartbeat() throws IOException;

    abstract void leave() throws IOException;

    /// Leaves instead of its next heartbeat.
    void leaveSoon() {
        leaving = true;
    }

    /// Waits until it has left, or as long as given.
    void awaitEnd(Duration patience) throws InterruptedException {
        thread.join(patience);
    }

    /// A coordinator that is not ready is asked again a little later; any other error is the end.
    static void pauseOrFail(String api, short error) throws IOException {
        if (!NOT_YET.contains(error)) throw new IOException(api + ": error " + error);
        LockSupport.parkNanos(PAUSE_NS);
    }

    @Override
    public void close() throws IOException {
        leaving = true;
        connection.close();
    }
}
