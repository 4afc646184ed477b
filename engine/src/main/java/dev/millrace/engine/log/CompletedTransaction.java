package dev.millrace.engine.log;

/// A transaction with records in this log, whose marker has just been appended.
record CompletedTransaction(AbortedTransaction bounds, boolean aborted) {
    long firstOffset() {
        return bounds.firstOffset();
    }

    long markerOffset() {
        return bounds.lastOffset();
    }
}
