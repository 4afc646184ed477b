package dev.millrace.engine.log;

import java.io.IOException;

/// A repair that is known and not yet done.
///
/// @param does what it will do, as a person is told before and after: "makes it anew from the log"
/// @param step does it: afterwards the old or the new content is on the disk, whole, whatever happens in between
public record Mend(String does, Step step) {
    /// Changes the disk.
    @FunctionalInterface
    public interface Step {
        void run() throws IOException;
    }
}
