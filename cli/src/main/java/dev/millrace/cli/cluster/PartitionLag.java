package dev.millrace.cli.cluster;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/// How far a group is behind in one partition.
///
/// @param committed where the group goes on; empty when it has committed nothing
/// @param logStart the first offset that is still there
/// @param logEnd the last stable offset: a consumer that reads what is committed is given nothing from there on
/// @param records still to read; empty when nothing is committed
/// @param oldestMs when the oldest of them was written, in ms since 1970; empty when there is none or it is not known
public record PartitionLag(
        TopicPartition partition,
        OptionalLong committed,
        long logStart,
        long logEnd,
        OptionalLong records,
        OptionalLong oldestMs,
        Set<Flag> flags) {

    /// What makes a lag less plain than its number.
    public enum Flag {
        /// The group has no offset here: where it begins is its members' `auto.offset.reset`.
        NO_COMMIT("no commit"),
        /// The log begins after the committed offset: records were deleted that the group has not read.
        RETENTION_OVERTOOK("retention overtook"),
        /// The log ends before the committed offset: it was cut, or the offset was never there.
        BEYOND_LOG_END("beyond log end"),
        /// The oldest record did not come in time, or it has no timestamp.
        AGE_UNKNOWN("age unknown");

        private final String text;

        Flag(String text) {
            this.text = text;
        }

        /// In words.
        public String text() {
            return text;
        }

        /// As a word of JSON, as the broker's own pages have it.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Where the oldest unread record is looked for; empty when there cannot be one.
    static OptionalLong lookFrom(OptionalLong committed, long logStart, long logEnd) {
        if (committed.isEmpty() || committed.getAsLong() >= logEnd) {
            return OptionalLong.empty();
        }
        long from = Math.max(committed.getAsLong(), logStart);
        return from < logEnd ? OptionalLong.of(from) : OptionalLong.empty();
    }

    /// Puts together what was asked of the cluster.
    ///
    /// @param highWatermark where one that reads uncommitted is given nothing any more
    /// @param oldest what is at the committed offset; empty when it was not looked for
    static PartitionLag of(
            TopicPartition partition,
            OptionalLong committed,
            long logStart,
            long logEnd,
            long highWatermark,
            Optional<OldestRecords.Oldest> oldest) {
        var flags = EnumSet.noneOf(Flag.class);
        if (committed.isEmpty()) {
            flags.add(Flag.NO_COMMIT);
        } else if (committed.getAsLong() < logStart) {
            flags.add(Flag.RETENTION_OVERTOOK);
        } else if (committed.getAsLong() > highWatermark) {
            flags.add(Flag.BEYOND_LOG_END);
        }
        var from = lookFrom(committed, logStart, logEnd);
        long unread = from.isPresent() ? logEnd - from.getAsLong() : 0;
        var oldestMs = OptionalLong.empty();
        switch (oldest.orElse(new OldestRecords.NothingLeft())) {
            case OldestRecords.Found(long offset, long timestampMs) -> {
                unread = Math.max(1, logEnd - offset); // holes before it are nothing to read
                oldestMs = timestampMs < 0 ? OptionalLong.empty() : OptionalLong.of(timestampMs);
            }
            case OldestRecords.NothingLeft _ -> unread = 0;
            case OldestRecords.NotRead _ -> {}
        }
        if (unread > 0 && oldestMs.isEmpty()) {
            flags.add(Flag.AGE_UNKNOWN);
        }
        var records = committed.isEmpty() ? OptionalLong.empty() : OptionalLong.of(unread);
        return new PartitionLag(partition, committed, logStart, logEnd, records, oldestMs, flags);
    }

    /// How long the oldest unread record has been waiting; zero when there is nothing to read, empty when that is not known.
    public Optional<Duration> age(long nowMs) {
        if (oldestMs.isPresent()) {
            return Optional.of(Duration.ofMillis(Math.max(0, nowMs - oldestMs.getAsLong())));
        }
        boolean nothing = records.isPresent() && records.getAsLong() == 0;
        return nothing ? Optional.of(Duration.ZERO) : Optional.empty();
    }
}
