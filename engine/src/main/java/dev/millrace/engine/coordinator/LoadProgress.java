package dev.millrace.engine.coordinator;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How far the shards of one topic have been loaded: a line in the log about every second, and one at the end.
///
/// Counted in offsets: what compaction has taken away is counted as read when it is passed over.
///
/// **Owner.** Its own turn: shards load on several workers at a time.
final class LoadProgress {
    private static final long INTERVAL_MS = 1_000;
    private static final Logger LOG = LoggerFactory.getLogger(LoadProgress.class);

    private final String topic;
    private final Clock clock;
    private final Turn turn;

    private int begun;
    private int ended;
    private long toRead;
    private long read;
    private long sinceMs;
    private long toldMs;

    LoadProgress(String topic, Env env) {
        this.topic = topic;
        this.clock = env.clock();
        this.turn = env.newTurn("loading of " + topic);
    }

    /// A shard is to be loaded.
    void begun() {
        turn.run(() -> {
            if (begun++ == 0) {
                sinceMs = clock.monotonicMs();
                toldMs = sinceMs;
            }
        });
    }

    /// @param offsets that a shard's log spans
    void found(long offsets) {
        turn.run(() -> toRead += offsets);
    }

    void read(long offsets) {
        turn.run(() -> {
            read += offsets;
            long nowMs = clock.monotonicMs();
            if (nowMs - toldMs >= INTERVAL_MS) {
                toldMs = nowMs;
                LOG.info(
                        "{}: loading, {} of {} offsets read ({} %), {} of {} partitions done",
                        topic, read, toRead, 100 * read / Math.max(1, toRead), ended, begun);
            }
        });
    }

    /// A shard has been loaded.
    void ended() {
        turn.run(() -> {
            ended++;
            endIfAllHave();
        });
    }

    /// A shard cannot be loaded, or nobody wants it any more.
    ///
    /// @param unread offsets that were found and not read
    void gaveUp(long unread) {
        turn.run(() -> {
            begun--;
            toRead -= unread;
            endIfAllHave();
        });
    }

    private void endIfAllHave() {
        if (ended == begun) {
            told();
            begun = 0;
            ended = 0;
            toRead = 0;
            read = 0;
        }
    }

    private void told() {
        if (read > 0 && ended > 0) {
            long tookMs = clock.monotonicMs() - sinceMs;
            LOG.info("{}: {} partitions loaded, {} offsets in {} ms", topic, begun, read, tookMs);
        }
    }
}
