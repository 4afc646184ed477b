package dev.millrace.engine.api;

import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// What is known of the connection that a request came over. Only what the client says it is may change while the connection
/// lives: it says so in its first request, and handlers on any thread may read it.
public final class ClientConnection {
    private final long id;
    private final String listener;
    private final SecurityProtocol security;
    private final String clientHost;
    private final String connectedHost;
    private final int connectedPort;
    private final KafkaPrincipal principal;
    private volatile ClientSoftware software = ClientSoftware.UNKNOWN;
    private volatile Runnable atEnd = () -> {};

    /// @param id unique among the connections of this process
    /// @param listener the name of the listener ("PLAINTEXT")
    /// @param clientHost the client's address as text, without port
    /// @param connectedHost the address that the client connected to; Metadata answers with it when nothing is advertised
    /// @param connectedPort the port that the client connected to
    public ClientConnection(
            long id,
            String listener,
            SecurityProtocol security,
            String clientHost,
            String connectedHost,
            int connectedPort,
            KafkaPrincipal principal) {
        this.id = id;
        this.listener = listener;
        this.security = security;
        this.clientHost = clientHost;
        this.connectedHost = connectedHost;
        this.connectedPort = connectedPort;
        this.principal = principal;
    }

    public long id() {
        return id;
    }

    public String listener() {
        return listener;
    }

    public SecurityProtocol security() {
        return security;
    }

    public String clientHost() {
        return clientHost;
    }

    public String connectedHost() {
        return connectedHost;
    }

    public int connectedPort() {
        return connectedPort;
    }

    public KafkaPrincipal principal() {
        return principal;
    }

    public ClientSoftware software() {
        return software;
    }

    void software(ClientSoftware said) {
        software = said;
    }

    /// Has somebody told when the connection ends; the last one counts.
    void atEnd(Runnable told) {
        atEnd = told;
    }

    /// The edge: the connection has ended.
    public void ended() {
        atEnd.run();
    }

    @Override
    public String toString() {
        return "%s (%s, %s)".formatted(clientHost, listener, principal);
    }
}
