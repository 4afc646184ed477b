package dev.millrace.dist.local;

import dev.millrace.broker.config.WrongSetting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Ports that nothing listens on now. Another program may take one before we do: then the start says so.
final class FreePorts {
    private static final int ANY = 20_000;
    private static final int ANY_END = 30_000;
    private static final int LAST = 65_535;

    private FreePorts() {}

    /// The first is the one that was asked for, free or not; each of the others is the next free one.
    ///
    /// @param first 0 for any: those are below what the system gives to outgoing connections, one of which could otherwise have the port
    ///     of a broker that is stopped and started again
    static List<Integer> from(int first, int count) throws WrongSetting {
        var ports = new ArrayList<Integer>();
        if (first != 0) {
            ports.add(first);
        }
        int next = first == 0 ? ThreadLocalRandom.current().nextInt(ANY, ANY_END) : first + 1;
        for (int port = next; ports.size() < count; port++) {
            if (port > LAST) {
                throw new WrongSetting(
                        "--port %d: there are not enough free ports behind it".formatted(first));
            }
            if (isFree(port)) {
                ports.add(port);
            }
        }
        return List.copyOf(ports);
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true); // a connection that has just ended does not matter
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
