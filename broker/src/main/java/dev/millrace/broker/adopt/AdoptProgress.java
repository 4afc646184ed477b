package dev.millrace.broker.adopt;

/// Hears how far it is.
@FunctionalInterface
public interface AdoptProgress {
    /// @param doneBytes of logs, copied and checked
    /// @param totalBytes of them
    /// @param folder which is being worked on
    void at(long doneBytes, long totalBytes, String folder);
}
