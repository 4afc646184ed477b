package dev.millrace.engine.api;

/// Who this node is; fixed once its storage is formatted.
///
/// @param clusterId base64 of the cluster's UUID, as clients see it
public record NodeIdentity(String clusterId, int nodeId) {}
