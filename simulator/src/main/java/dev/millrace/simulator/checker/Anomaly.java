package dev.millrace.simulator.checker;

/// Something that cannot have happened if the system keeps its promises.
///
/// @param what in words, with values and offsets
public record Anomaly(Kind kind, String what) {
    /// By the numbers of the list that the project's reliability targets use.
    public enum Kind {
        A1_INCONSISTENT_OFFSETS("two values at one offset"),
        A2_DUPLICATE("one value at two offsets"),
        A3_LOST_WRITE("an acknowledged value that readers have passed without seeing it"),
        A4_UNSEEN("an acknowledged value that nobody has read, though all was read to the end"),
        A5_ABORTED_READ("a value of an operation that failed was read"),
        A6_PRECOMMITTED_READ("a transaction read what it had not committed yet"),
        A7_TORN_TRANSACTION("some, but not all, of a transaction's values were read"),
        A8_CIRCULAR_INFORMATION("transactions have read from each other in a circle"),
        A10_POLL_ORDER_WITHIN("one operation read values out of order, or passed one over"),
        A11_POLL_ORDER_ACROSS("a consumer read values out of order, or passed one over"),
        A12_SEND_ORDER("a producer's values lie in another order than it sent them"),
        A14_COMMITTED_OFFSET("a group's committed offset went back, or was never committed"),
        A15_LIST_OFFSETS("the end of a partition went back, or lies below what was acknowledged"),
        A16_EXACTLY_ONCE("an output is missing, or is there more than once"),
        /// Not in that list.
        STRAY("a value was read that nobody sent to that partition");

        private final String meaning;

        Kind(String meaning) {
            this.meaning = meaning;
        }

        public String meaning() {
            return meaning;
        }
    }

    @Override
    public String toString() {
        return kind + " (" + kind.meaning + "): " + what;
    }
}
