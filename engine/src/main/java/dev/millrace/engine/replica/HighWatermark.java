package dev.millrace.engine.replica;

/// How far readers of one partition may see, and the bytes below it, of which waiting fetches are told as it moves.
///
/// ```
///   logStart <= lastStable <= highWatermark <= logEnd          (R10)
/// ```
/// It never falls but where the log is cut.
///
/// **Owner.** The partition, in its turn. Offsets are exclusive ends; bytes are counted since the partition is here.
final class HighWatermark {
    private final HeldLog held;
    private final Watchers watchers;
    private long value;

    /// The end of what was appended without a promise to flush: visible at once.
    private long relaxedEnd;

    /// Bytes ever appended: in all, up to `relaxedEnd`, when the present flush began, and up to the end of the last one.
    private long appendedBytes;

    private long relaxedBytes;
    private long flushingBytes;
    private long flushedBytes;

    /// Of a follower.
    private final Arrivals arrivals = new Arrivals();

    /// @param value as far as the last run knew; of a lone replica, as far as its log counts
    HighWatermark(HeldLog held, Watchers watchers, long value) {
        this.held = held;
        this.watchers = watchers;
        this.value = Math.clamp(value, held.log().logStart(), held.log().logEnd());
    }

    long value() {
        return value;
    }

    long lastStable() {
        return Math.min(value, held.log().firstUnstableOffset());
    }

    long appendedBytes() {
        return appendedBytes;
    }

    void appended(int bytes) {
        appendedBytes += bytes;
    }

    /// All that was appended until now counts, whether it is flushed or not.
    void relax() {
        relaxedEnd = held.log().logEnd();
        relaxedBytes = appendedBytes;
    }

    /// What is not flushed counts no more, until [#relax]: the log may have been cut since, or recovered from what a kill has left in memory.
    void tighten() {
        relaxedEnd = held.log().flushedEnd();
        relaxedBytes = flushedBytes;
    }

    /// How far this replica's own log counts.
    long ownEnd() {
        return Math.max(held.log().flushedEnd(), relaxedEnd);
    }

    /// A follower is about to append a copy.
    void copying() {
        arrivals.appending(held.log().logEnd(), appendedBytes);
    }

    /// A flush of all that was appended until now begins.
    void flushing() {
        flushingBytes = appendedBytes;
    }

    /// The flush that began last is done.
    void flushed() {
        flushedBytes = flushingBytes;
    }

    /// Of a leader: all who count have what is below.
    ///
    /// @param reached -1 while too few are in sync
    void raise(long reached, Woken woken) {
        long next = within(reached);
        if (next > value) {
            move(next, Math.max(relaxedBytes, flushedBytes), woken);
        }
    }

    /// Of a follower: its leader says so. What it has not got yet does not count.
    void hear(long leaderHighWatermark, Woken woken) {
        long next = within(leaderHighWatermark);
        if (next > value) {
            move(next, arrivals.visible(next, held.log().logEnd(), appendedBytes), woken);
        }
    }

    private long within(long offset) {
        return Math.clamp(offset, value, held.log().logEnd());
    }

    private void move(long next, long visibleBytes, Woken woken) {
        long stable = lastStable();
        value = next;
        held.log().highWatermark(next);
        watchers.tellVisible(visibleBytes, lastStable() > stable, lastStable() == value, woken);
    }

    /// The log was cut.
    void cut() {
        value = Math.clamp(value, held.log().logStart(), held.log().logEnd());
    }
}
