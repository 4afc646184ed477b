package dev.millrace.broker.http;

/// What a path holds. Called by the thread of a connection, which may wait.
public interface Site {
    /// @param rawPath as the client wrote it, without the query: percent signs are not decoded
    Answer get(String rawPath);
}
