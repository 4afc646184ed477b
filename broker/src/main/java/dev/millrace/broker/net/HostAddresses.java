package dev.millrace.broker.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/// The addresses that a host stands for when a listener is bound to it.
public final class HostAddresses {
    private static final String LOCALHOST = "localhost";

    private HostAddresses() {}

    /// @param host empty for every interface
    public static List<InetAddress> of(String host) throws UnknownHostException {
        if (host.isEmpty()) {
            return List.of(new InetSocketAddress(0).getAddress());
        }
        if (host.equals(LOCALHOST)) {
            // Both, whatever the resolver says: a client may prefer either.
            return List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));
        }
        return List.of(InetAddress.getAllByName(host));
    }

    /// True when a machine without IPv6 has refused the second address of localhost: then the first will do.
    public static boolean isMissingIpv6(String host, InetAddress address, Exception refusal) {
        return host.equals(LOCALHOST) && address instanceof Inet6Address && !isInUse(refusal);
    }

    public static boolean isInUse(Exception refusal) {
        return String.valueOf(refusal.getMessage()).contains("in use");
    }
}
