package dev.millrace.engine.replica;

import dev.millrace.engine.log.RangeCheck;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What one look in a partition's turn gave: an answer, or bytes that have to be checked before there is one (L2).
///
/// ```
///   look, in the turn --answer-------------------------------> done
///     ▲   `--unchecked--> check, in nobody's turn --noted in the turn--.
///     `----------------------------------------------------------------'
/// ```
/// Each check makes known at least one batch more, and at most a megabyte of them, so that a look too many ends with the segment.
///
/// @param answer null when something has to be checked first
record CheckedRead<T>(@Nullable T answer, @Nullable RangeCheck unchecked) {
    /// In the partition's turn.
    @FunctionalInterface
    interface Look<T> {
        CheckedRead<T> look() throws IOException;
    }

    /// In the partition's turn.
    @FunctionalInterface
    interface Note {
        void checked(RangeCheck check) throws IOException;
    }

    static <T> CheckedRead<T> answer(T answer) {
        return new CheckedRead<>(answer, null);
    }

    static <T> CheckedRead<T> first(RangeCheck check) {
        return new CheckedRead<>(null, check);
    }

    /// Looks and checks until there is an answer. On the reader's own thread, holding no turn.
    static <T> T read(Look<T> look, Note note) throws IOException {
        CheckedRead<T> found = look.look();
        while (found.answer == null) {
            RangeCheck check = Objects.requireNonNull(found.unchecked);
            check.run();
            note.checked(check);
            found = look.look();
        }
        return found.answer;
    }
}
