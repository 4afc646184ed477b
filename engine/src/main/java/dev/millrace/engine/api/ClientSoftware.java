package dev.millrace.engine.api;

/// What a client says it is, in ApiVersions 3 and above (KIP-511). Kept as long as its connection, so what is beyond
/// [#LONGEST] characters is cut off: a name may be 32 kB long on the wire.
public record ClientSoftware(String name, String version) {
    /// Before the client has said anything; Kafka's own word for it.
    public static final ClientSoftware UNKNOWN = new ClientSoftware("unknown", "unknown");

    static final int LONGEST = 255;

    public ClientSoftware {
        name = cut(name);
        version = cut(version);
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }
}
