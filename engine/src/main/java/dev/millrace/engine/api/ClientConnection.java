package dev.millrace.engine.api;

import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// What is known of the connection that a request came over; does not change while it lives.
///
/// @param id unique among the connections of this process
/// @param listener the name of the listener ("PLAINTEXT")
/// @param clientHost the client's address as text, without port
/// @param connectedHost the address that the client connected to; Metadata answers with it when nothing is advertised
/// @param connectedPort the port that the client connected to
public record ClientConnection(
        long id,
        String listener,
        SecurityProtocol security,
        String clientHost,
        String connectedHost,
        int connectedPort,
        KafkaPrincipal principal) {}
