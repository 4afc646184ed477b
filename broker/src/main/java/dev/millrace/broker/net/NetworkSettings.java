package dev.millrace.broker.net;

import static dev.millrace.engine.check.Invariant.check;

import java.util.concurrent.TimeUnit;

/// The bounds of the network edge; `docs/network.md` says what happens at each.
///
/// @param maxFrameBytes the longest request (`socket.request.max.bytes`)
/// @param requestMemoryBytes for all frames and answers that are being read, handled or written at one time
/// @param connections how many there may be, unless other limits are set while the broker runs
/// @param idleMs a connection that asks nothing for so long is closed (`connections.max.idle.ms`); negative: never
/// @param firstFrameMs a new connection that has not sent a whole request by then is closed
/// @param stalledFrameMs a request that has begun and brings no further byte for so long closes its connection
/// @param wholeFrameMs a request that has begun closes its connection when it takes so long, and longer than its length at 64 KB a second
/// @param pipelinedAnswers produce answers of one connection that may wait while it reads on
/// @param backlog connections that the system queues before they are accepted (`socket.listen.backlog.size`)
/// @param sendBufferBytes of the socket; -1 leaves it to the system (`socket.send.buffer.bytes`)
/// @param receiveBufferBytes of the socket; -1 leaves it to the system (`socket.receive.buffer.bytes`)
public record NetworkSettings(
        int maxFrameBytes,
        long requestMemoryBytes,
        ConnectionLimits connections,
        long idleMs,
        long firstFrameMs,
        long stalledFrameMs,
        long wholeFrameMs,
        int pipelinedAnswers,
        int backlog,
        int sendBufferBytes,
        int receiveBufferBytes) {
    public static final NetworkSettings DEFAULTS =
            new NetworkSettings(
                    100 << 20,
                    256L << 20,
                    ConnectionLimits.DEFAULTS,
                    600_000,
                    30_000,
                    60_000,
                    60_000,
                    64,
                    1024,
                    -1,
                    -1);

    /// Requests without records are read into objects, many times their size; none that is meant well comes near this.
    private static final int MOST_WITHOUT_RECORDS = 8 << 20;

    private static final long LEAST_BYTES_PER_SECOND = 64 << 10;

    public NetworkSettings {
        check(maxFrameBytes > 0, "a frame may have at least one byte");
        check(pipelinedAnswers > 0, "at least one answer may be pending");
    }

    /// How long a request may take to arrive, from its first byte to its last.
    long frameMs(int length) {
        return wholeFrameMs + TimeUnit.SECONDS.toMillis(length) / LEAST_BYTES_PER_SECOND;
    }

    /// The longest request that is not Produce.
    int maxOtherFrameBytes() {
        return Math.min(maxFrameBytes, MOST_WITHOUT_RECORDS);
    }
}
