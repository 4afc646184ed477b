package dev.millrace.engine.replica;

import dev.millrace.engine.log.CorruptLogException;
import java.io.IOException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/// The log that a partition has at present, and the disk on which it lies: a move to another directory replaces both at once.
///
/// **Owner.** The partition, in its turn.
final class HeldLog {
    private final TopicPartition name;
    private LazyLog log;
    private DiskReserve reserve;

    /// How often the log was cut: what was read before may not be in it any more.
    private int cuts;

    HeldLog(TopicPartition name, LazyLog log, DiskReserve reserve) {
        this.name = name;
        this.log = log;
        this.reserve = reserve;
    }

    TopicPartition name() {
        return name;
    }

    LazyLog log() {
        return log;
    }

    /// Goes on with another that holds the same.
    void replace(LazyLog next, DiskReserve of) {
        log = next;
        reserve = of;
    }

    int cuts() {
        return cuts;
    }

    /// What was read before may not be in it any more.
    void noteCut() {
        cuts++;
    }

    /// Whether so many bytes may be appended without touching what the disk keeps for others.
    ///
    /// @param last for them the reserve is kept, but for its last part
    boolean admits(int bytes, boolean last) {
        return last ? reserve.admitsLast(bytes) : reserve.admits(bytes);
    }

    /// What is said when [#admits] does not.
    String fullDisk() {
        return "The disk of " + name + " is full.";
    }

    /// Of an append that could not be taken back either; a full disk leaves the log as it was.
    void appendFailed(IOException e) {
        if (log.hasFailed() && !log.isDamaged()) {
            reserve.failed("append to " + name + " failed: " + e);
        }
    }

    void flushFailed(IOException e) {
        reserve.failed("flush of " + name + " failed: " + e);
    }

    /// What a client is told: that a record is lost, or that the disk gave none.
    Errors errorOf(IOException e) {
        return e instanceof CorruptLogException && !log.isDamaged()
                ? Errors.CORRUPT_MESSAGE
                : Errors.KAFKA_STORAGE_ERROR;
    }
}
