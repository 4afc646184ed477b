package dev.millrace.broker;

import dev.millrace.broker.config.ListenerSpec;
import dev.millrace.broker.net.Connections;
import dev.millrace.broker.net.HostAddresses;
import dev.millrace.broker.net.Listener;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.check.Invariant;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The addresses that the broker listens on, taken together.
///
/// **Owner.** The thread that starts and stops the broker.
final class Doorstep implements AutoCloseable {
    private record Door(Listener listener, boolean controllers) {}

    private final List<Door> doors = new ArrayList<>();
    private final Connections connections;
    private final Consumer<Invariant.Broken> stopTheProcess;

    Doorstep(Connections connections, Consumer<Invariant.Broken> stopTheProcess) {
        this.connections = connections;
        this.stopTheProcess = stopTheProcess;
    }

    /// Takes every address of one listener; who connects waits until [#open()].
    void bind(ListenerSpec spec, Router router) throws StartFailed {
        int port = spec.port();
        for (InetAddress address : addresses(spec)) {
            try {
                var listener =
                        Listener.bind(
                                spec.name(),
                                new InetSocketAddress(address, port),
                                connections,
                                router,
                                stopTheProcess);
                doors.add(new Door(listener, spec.controller()));
                port = listener.address().getPort(); // a name has one port on all its addresses
            } catch (IOException | UnsupportedOperationException e) {
                if (!HostAddresses.isMissingIpv6(spec.host(), address, e)) {
                    throw refused(spec, port, e);
                }
            }
        }
    }

    private static List<InetAddress> addresses(ListenerSpec spec) throws StartFailed {
        try {
            return HostAddresses.of(spec.host());
        } catch (IOException e) {
            throw new StartFailed(
                    "listeners = " + spec + ": the host " + spec.host() + " is not known.", e);
        }
    }

    private static StartFailed refused(ListenerSpec spec, int port, Exception e) {
        String message = String.valueOf(e.getMessage());
        if (e instanceof BindException && HostAddresses.isInUse(e)) {
            return new StartFailed(
                    "Port %d is in use by another program; stop it, or choose another with --port %d."
                            .formatted(port, port < 65_526 ? port + 10 : 9_092),
                    e);
        }
        return new StartFailed(
                "listeners = " + spec + ": cannot listen there (" + message + ").", e);
    }

    /// Begins to accept, at every address.
    void open() {
        openForControllers();
        openForClients();
    }

    /// Begins to accept where controllers meet.
    void openForControllers() {
        doors.stream().filter(Door::controllers).forEach(door -> door.listener.start());
    }

    /// Begins to accept everywhere else.
    void openForClients() {
        doors.stream().filter(door -> !door.controllers).forEach(door -> door.listener.start());
    }

    List<InetSocketAddress> addresses() throws IOException {
        var addresses = new ArrayList<InetSocketAddress>();
        for (Door door : doors) {
            addresses.add(door.listener.address());
        }
        return addresses;
    }

    /// Accepts no more.
    @Override
    public void close() throws IOException {
        for (Door door : doors) {
            door.listener.close();
        }
    }
}
