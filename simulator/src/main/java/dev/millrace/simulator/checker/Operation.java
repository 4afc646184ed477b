package dev.millrace.simulator.checker;

import static dev.millrace.engine.check.Invariant.check;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/// One thing that a client did.
///
/// @param process a client from its start to its end: after a crash a new number begins. One operation at a time
/// @param invokedNs when it was asked for, on a clock that all processes share
/// @param completedNs when its outcome was known
/// @param accesses in the order in which the client made them
public record Operation(
        int process,
        Kind kind,
        Outcome outcome,
        long invokedNs,
        long completedNs,
        List<Access> accesses) {
    public Operation {
        check(invokedNs <= completedNs, "an operation ends after it began", invokedNs, completedNs);
        accesses = List.copyOf(accesses);
    }

    /// The same one, not one like it: a process does one thing at a time.
    boolean is(Operation other) {
        return process == other.process && invokedNs == other.invokedNs;
    }

    public enum Kind {
        /// Records outside of a transaction.
        SEND,
        POLL,
        /// Everything from begin to commit or abort.
        TRANSACTION,
        /// The consumer reads partitions of its own choice from here on: its position may jump once.
        ASSIGN,
        /// The consumer reads what its group gives it from here on: its position may jump at any poll.
        SUBSCRIBE,
        /// Offsets of a group, outside of a transaction.
        COMMIT_OFFSETS,
        FETCH_OFFSETS,
        LIST_OFFSETS
    }

    public enum Outcome {
        /// It took effect, once, between invocation and completion.
        OK,
        /// It took no effect and never will: a refusal, an abort.
        FAILED,
        /// Nobody knows: it may have taken effect, or may yet.
        UNKNOWN
    }

    /// What a client wrote or saw.
    public sealed interface Access {
        TopicPartition partition();

        /// @param value unique in the whole history
        /// @param offset that was acknowledged; -1 when none was
        record Sent(TopicPartition partition, long value, long offset) implements Access {}

        record Polled(TopicPartition partition, long offset, long value) implements Access {}

        /// @param offset the next one to be read
        record Committed(String group, TopicPartition partition, long offset) implements Access {}

        /// @param offset as the group's coordinator tells it; -1 for none
        record CommittedSeen(String group, TopicPartition partition, long offset)
                implements Access {}

        /// The end of a partition as ListOffsets tells it (latest, read_uncommitted).
        record EndSeen(TopicPartition partition, long offset) implements Access {}
    }
}
