package dev.millrace.engine.log;

import org.jspecify.annotations.Nullable;

/// Something in a data directory that is not as it should be, in words for somebody who does not know its formats.
///
/// @param file the file's name in its folder
/// @param what one sentence without its full stop, that makes sense behind the file's name
/// @param lost the records that it costs; null when none
/// @param mend what puts it right; null when nothing does, or nothing has to. Findings of one file may share it
/// @param quarantine what takes it out of the way at the cost of nothing more than what is lost; null when there is no such thing
public record Finding(
        Weight weight,
        String file,
        String what,
        @Nullable Lost lost,
        @Nullable Mend mend,
        @Nullable Mend quarantine) {

    /// How much it matters, the worst first.
    public enum Weight {
        /// Records that cannot be read.
        LOST,
        /// What only a person can decide.
        ODD,
        /// There is one right content, and it is known.
        WRONG,
        /// What the next start tidies up by itself, or leaves alone for ever.
        NOTE
    }

    /// Records that cannot be read.
    ///
    /// @param firstOffset of the first
    /// @param lastOffset of the last; -1 when nobody knows how many there were
    /// @param position of the first damaged byte in the file
    /// @param bytes that are damaged, or lie between those that are
    /// @param after a time at which, or later, they were written; -1 when unknown
    /// @param before a time before which they were written; -1 when unknown
    public record Lost(
            long firstOffset,
            long lastOffset,
            long position,
            long bytes,
            long after,
            long before) {}

    /// Nothing can be done, or a person has to.
    public static Finding odd(String file, String what) {
        return new Finding(Weight.ODD, file, what, null, null, null);
    }

    /// Nothing has to be done.
    public static Finding note(String file, String what) {
        return new Finding(Weight.NOTE, file, what, null, null, null);
    }

    /// Nothing has to be done: it is made anew when it is needed, or now by a repair.
    public static Finding derivable(String file, String what, Mend mend) {
        return new Finding(Weight.NOTE, file, what, null, mend, null);
    }

    /// There is a repair.
    public static Finding wrong(String file, String what, Mend mend) {
        return new Finding(Weight.WRONG, file, what, null, mend, null);
    }

    /// Records are gone.
    public static Finding lost(String file, String what, Lost lost, @Nullable Mend quarantine) {
        return new Finding(Weight.LOST, file, what, lost, null, quarantine);
    }
}
