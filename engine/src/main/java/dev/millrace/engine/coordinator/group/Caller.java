package dev.millrace.engine.coordinator.group;

/// Who asks a coordinator something.
///
/// @param version of the request
/// @param clientId as the client names itself, empty when it does not
/// @param clientHost its address as Kafka shows it: with a leading '/'
public record Caller(short version, String clientId, String clientHost) {}
