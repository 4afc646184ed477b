package dev.millrace.engine.api;

/// What a client says it is, in ApiVersions 3 and above (KIP-511).
public record ClientSoftware(String name, String version) {
    /// Before the client has said anything; Kafka's own word for it.
    public static final ClientSoftware UNKNOWN = new ClientSoftware("unknown", "unknown");
}
