package dev.millrace.engine.coordinator.txn;

/// Who sent a request; remembered for people to read, not written down.
///
/// @param id as the client names itself, empty when it does not
/// @param host its address
public record Client(String id, String host) {}
