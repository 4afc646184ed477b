package dev.millrace.broker.config;

import org.apache.kafka.common.security.auth.SecurityProtocol;

/// One element of Kafka's `listeners`.
///
/// @param host as written: empty for every interface, "localhost" for the loopback addresses
/// @param port 0 for any free one
/// @param controller true when `controller.listener.names` names it: not for clients
public record ListenerSpec(
        String name, String host, int port, SecurityProtocol security, boolean controller) {
    /// True when it is bound to all addresses of the machine, so that its host tells a client nothing.
    public boolean isEveryInterface() {
        return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
    }

    @Override
    public String toString() {
        return name + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
