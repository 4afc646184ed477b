package dev.millrace.dist.local;

import dev.millrace.broker.config.WrongSetting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/// Ports that nothing listens on now. Another program may take one before we do: then the start says so.
final class FreePorts {
    private static final int LAST = 65_535;

    private FreePorts() {}

    /// The first is the one that was asked for, free or not; each of the others is the next free one.
    ///
    /// @param first 0 for any
    static List<Integer> from(int first, int count) throws WrongSetting {
        if (first == 0) {
            return any(count);
        }
        var ports = new ArrayList<Integer>(List.of(first));
        for (int port = first + 1; ports.size() < count; port++) {
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

    /// All are held at once while they are looked for, so that none is found twice.
    private static List<Integer> any(int count) throws WrongSetting {
        var held = new ArrayList<ServerSocket>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException e) {
            throw new WrongSetting("--port 0: there are no free ports (" + e.getMessage() + ")");
        } finally {
            held.forEach(FreePorts::release);
        }
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

    private static void release(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
