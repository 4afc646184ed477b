package dev.millrace.broker.http;

import org.jspecify.annotations.Nullable;

/// What a path holds. Called by the thread of a connection, which may wait.
public interface Site {
    /// Who answers, `CLUSTER-ID/NODE-ID`, so that whoever came by an address that means another machine's broker there sees it; null
    /// while the node has no cluster.
    default @Nullable String node() {
        return null;
    }

    /// @param rawPath as the client wrote it, without the query: percent signs are not decoded
    Answer get(String rawPath);
}
