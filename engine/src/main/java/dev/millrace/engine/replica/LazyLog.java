package dev.millrace.engine.replica;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.log.CorruptLogException;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.LogSettings;
import java.io.IOException;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log of one partition, opened when somebody first needs what only the disk knows. Most partitions of a large node are
/// not touched for hours: they cost no file, no system call and little memory.
///
/// ```
///   resting (its bounds are known) --first append or read--> open --close--> resting, for the next start
///        |                                                     |
///        +---- the files are not as they were left ---> failed <--- closed without a flush
/// ```
/// **Owner.** The partition, in its turn.
final class LazyLog {
    private static final Logger LOG = LoggerFactory.getLogger(LazyLog.class);

    private final TopicPartition name;
    private final Opener opener;
    private LogRest rest;
    private LogSettings settings;
    private @Nullable Log log;
    private @Nullable IOException failure;
    private boolean closed;

    /// Of a log that rests.
    private final long cleanedTo;

    /// The leader epoch that the log has to learn of when it is opened; -1 for none.
    private int ledEpoch = -1;

    /// Makes the folder where it is missing, and opens the log in it.
    @FunctionalInterface
    interface Opener {
        Log open(LogSettings settings) throws IOException;
    }

    private LazyLog(
            TopicPartition name,
            LogRest rest,
            LogSettings settings,
            Opener opener,
            @Nullable Log log,
            long cleanedTo) {
        this.name = name;
        this.rest = rest;
        this.settings = settings;
        this.opener = opener;
        this.log = log;
        this.cleanedTo = cleanedTo;
    }

    static LazyLog resting(
            TopicPartition name,
            LogRest rest,
            LogSettings settings,
            long cleanedTo,
            Opener opener) {
        return new LazyLog(name, rest, settings, opener, null, cleanedTo);
    }

    /// A log whose folder is gone: it is never opened, and what it held is told on.
    static LazyLog lost(
            TopicPartition name,
            LogRest rest,
            LogSettings settings,
            long cleanedTo,
            String damage) {
        Opener none =
                _ -> {
                    throw new IOException(damage);
                };
        var lost = new LazyLog(name, rest, settings, none, null, cleanedTo);
        lost.failure = new IOException(damage);
        return lost;
    }

    static LazyLog open(Log log) {
        return new LazyLog(log.name(), LogRest.EMPTY, log.settings(), _ -> log, log, 0);
    }

    /// The log itself.
    ///
    /// @throws IOException when it cannot be opened; after damage was found it never is
    Log open() throws IOException {
        Log known = log;
        if (known != null) {
            return known;
        }
        check(!closed, "a closed log is not used");
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        try {
            Log opened = checked(opener.open(settings));
            log = opened;
            return opened;
        } catch (CorruptLogException damage) {
            failure = damage;
            throw damage;
        }
    }

    private Log checked(Log opened) throws IOException {
        if (opened.logEnd() != rest.logEnd() || opened.logStart() < rest.logStart()) {
            opened.closeDirty();
            var changed =
                    new IOException(
                            "%s holds the offsets %d to %d, not %d to %d as when it was closed"
                                    .formatted(
                                            name,
                                            opened.logStart(),
                                            opened.logEnd(),
                                            rest.logStart(),
                                            rest.logEnd()));
            failure = changed;
            throw changed;
        }
        if (ledEpoch >= 0) {
            opened.assignEpoch(ledEpoch);
        }
        return opened;
    }

    /// Its files are damaged, or not those that were left: nothing of it is served.
    boolean isDamaged() {
        return failure != null;
    }

    /// What is wrong with its files; null when nothing is known to be.
    @Nullable String damage() {
        return failure == null ? null : failure.getMessage();
    }

    /// It is damaged, or an error of the disk has left open what is in it.
    boolean hasFailed() {
        return failure != null || (log != null && log.failure() != null);
    }

    boolean isOpen() {
        return log != null;
    }

    /// The log of a partition that was written to.
    Log opened() {
        return Objects.requireNonNull(log, "not opened");
    }

    LogSettings settings() {
        return settings;
    }

    void settings(LogSettings changed) {
        settings = changed;
        if (log != null) {
            log.settings(changed);
        }
    }

    void assignEpoch(int leaderEpoch) {
        ledEpoch = leaderEpoch;
        if (log != null) {
            log.assignEpoch(leaderEpoch);
        }
    }

    long logStart() {
        return log != null ? log.logStart() : rest.logStart();
    }

    long logEnd() {
        return log != null ? log.logEnd() : rest.logEnd();
    }

    long flushedEnd() {
        return log != null ? log.flushedEnd() : rest.logEnd();
    }

    long firstUnstableOffset() {
        return log != null ? log.firstUnstableOffset() : rest.firstUnstable();
    }

    void highWatermark(long offset) {
        if (log != null) {
            log.highWatermark(offset);
        }
    }

    /// A log that rests forgets them when it is opened and they have not come back.
    void expireProducers(long expirationMs) {
        if (log != null && !closed) {
            log.expireProducers(expirationMs);
        }
    }

    long size() {
        return log != null ? log.size() : rest.bytes();
    }

    /// The recovery point, after making durable what it rests on.
    long checkpoint() throws IOException {
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        return log != null && !closed ? log.checkpoint() : flushedEnd();
    }

    /// See [Log#cleanedTo()].
    long cleanedTo() {
        return log != null ? log.cleanedTo() : cleanedTo;
    }

    /// See [Log#cleanedSaved].
    void cleanedSaved(long offset) {
        if (log != null) {
            log.cleanedSaved(offset);
        }
    }

    /// @param highWatermark segments that reach beyond it stay
    void applyRetention(long nowMs, long highWatermark) throws IOException {
        if (!closed && (log != null || rest.retentionDue(settings, nowMs))) {
            open().applyRetention(nowMs, highWatermark);
        }
    }

    /// Closes the log so that the next start need not read it. A resting log stays as it is.
    ///
    /// @throws IOException when the next start has to read it
    void close() throws IOException {
        Log known = log;
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        if (known != null && !closed) {
            try {
                rest = known.rest();
                known.close();
            } finally {
                closeDirty();
            }
        }
        closed = true;
    }

    /// As [#closeDirty], of a log that another has replaced.
    void letGo() {
        try {
            closeDirty();
        } catch (IOException e) {
            LOG.warn("{}: closing the former log failed: {}", name, e.toString());
        }
    }

    /// Lets go of the files and writes nothing.
    void closeDirty() throws IOException {
        closed = true;
        if (log != null) {
            log.closeDirty();
        }
    }

    /// What the next start may believe; to be asked after a clean close.
    LogRest rest() {
        return rest;
    }
}
