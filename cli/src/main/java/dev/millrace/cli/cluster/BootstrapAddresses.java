package dev.millrace.cli.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/// The addresses of `--bootstrap-server`, and whether anything listens there.
///
/// Kafka's client retries an address that refuses, with a warning each time, for a minute; a person at a terminal has
/// mistyped the port or forgotten to start the broker. So we knock first: one TCP connection, opened and closed.
public record BootstrapAddresses(List<Address> addresses) {
    /// What a command connects to when nobody says otherwise.
    public static final String DEFAULT = "localhost:9092";

    private static final int KNOCK_TIMEOUT_MS = 2_000;

    /// One `host:port`; the host without the brackets of an IPv6 literal.
    public record Address(String host, int port) {
        /// Whether it means this machine from within, as brokers that run in one process are reached. Asks for the host's address.
        public boolean isLoopback() {
            try {
                return InetAddress.getByName(host).isLoopbackAddress();
            } catch (UnknownHostException unknown) {
                return false;
            }
        }
    }

    /// Parses `host:port[,host:port...]`. A `PROTOCOL://` before the host is accepted, as Kafka's client does.
    public static BootstrapAddresses parse(String list) {
        var addresses = new ArrayList<Address>();
        for (String one : list.split(",", -1)) {
            if (!one.isBlank()) {
                addresses.add(address(one.strip()));
            }
        }
        if (addresses.isEmpty()) {
            throw CommandFailed.usage(
                    "--bootstrap-server is empty: it takes host:port, for example " + DEFAULT);
        }
        return new BootstrapAddresses(List.copyOf(addresses));
    }

    private static Address address(String text) {
        int scheme = text.indexOf("://");
        String hostAndPort = scheme < 0 ? text : text.substring(scheme + 3);
        int colon = hostAndPort.lastIndexOf(':');
        int port = colon < 0 ? -1 : port(hostAndPort.substring(colon + 1));
        if (colon <= 0 || port < 0) {
            throw CommandFailed.usage(
                    "'"
                            + text
                            + "' is not an address: --bootstrap-server takes host:port, for example "
                            + DEFAULT);
        }
        String host = hostAndPort.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return new Address(bracketed ? host.substring(1, host.length() - 1) : host, port);
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            return port >= 1 && port <= 65_535 ? port : -1;
        } catch (NumberFormatException notANumber) {
            return -1;
        }
    }

    /// Returns when one address accepts a connection; otherwise fails with the sentence that a person needs.
    public void requireAnswer() {
        var unknownHosts = new ArrayList<String>();
        for (Address address : addresses) {
            var socketAddress = new InetSocketAddress(address.host(), address.port());
            if (socketAddress.isUnresolved()) {
                unknownHosts.add(address.host());
            } else if (accepts(socketAddress)) {
                return;
            }
        }
        if (unknownHosts.size() == addresses.size()) {
            throw CommandFailed.because("no such host: " + String.join(", ", unknownHosts));
        }
        String others = ControlSocket.runningBrokers(this);
        throw CommandFailed.because(
                "no broker answers at "
                        + this
                        + (others == null
                                ? ": is it running? `millrace up` starts one"
                                : "; others of that cluster run: use --bootstrap-server "
                                        + others));
    }

    private static boolean accepts(InetSocketAddress address) {
        try (var socket = new Socket()) {
            socket.connect(address, KNOCK_TIMEOUT_MS);
            return true;
        } catch (IOException refusedOrSilent) {
            return false;
        }
    }

    @Override
    public String toString() {
        var text = new ArrayList<String>();
        for (Address address : addresses) {
            boolean v6 = address.host().indexOf(':') >= 0;
            text.add((v6 ? "[" + address.host() + "]" : address.host()) + ":" + address.port());
        }
        return String.join(",", text);
    }
}
