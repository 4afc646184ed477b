package dev.millrace.engine.log;

/// Who appends as leader, which decides what is allowed.
public enum Origin {
    /// A produce request: one batch, base offset 0, no control records, sequences checked.
    CLIENT,
    /// A produce request that names a transactional id: as [#CLIENT], and its batch may be of a transaction.
    TRANSACTIONAL_CLIENT,
    /// One of our coordinators: several batches and control records are allowed, sequences are not checked.
    COORDINATOR,
    /// The metadata quorum: offsets and epochs are already in the batches.
    RAFT;

    /// A produce request, of whichever kind.
    public boolean isClient() {
        return this == CLIENT || this == TRANSACTIONAL_CLIENT;
    }
}
