package dev.millrace.simulator.force;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/// Every road between the machines, and from the clients to them: a proxy for each pair, at a loopback address of its own.
///
/// A machine's name means something else to each machine: its `hosts` file (`jdk.net.hosts.file`) gives others the address of the
/// proxy on the road to it. So nobody needs to be told who calls, no name space of the system is needed, and no right of an administrator.
final class Roads implements AutoCloseable {
    /// What is not a machine: all clients together.
    static final int CLIENTS = 100;

    /// Connections at a time on one pair's roads; more are refused.
    private static final int MOST_CROSSINGS = 1_000;

    private static final int BACKLOG = 200;

    private final Network network;
    private final Set<Integer> machines;
    private final Map<Pair, Road> roads = new TreeMap<>();
    private final List<ServerSocket> doors = new ArrayList<>();
    private final Map<Crossing, Pair> crossings = new ConcurrentHashMap<>();

    /// From one to the other.
    record Pair(int from, int to) implements Comparable<Pair> {
        Pair reversed() {
            return new Pair(to, from);
        }

        @Override
        public int compareTo(Pair other) {
            return from != other.from
                    ? Integer.compare(from, other.from)
                    : Integer.compare(to, other.to);
        }
    }

    /// The addresses of a run: 127.`number`.from.to, and what machines listen at.
    record Network(int number, int brokerPort, int controllerPort) {
        /// Not of the seed: two runs of one seed may go on at the same time. Ports below the range that the system gives to who dials.
        static Network any(RandomGenerator chance) {
            int port = chance.nextInt(20_000, 25_000);
            return new Network(chance.nextInt(16, 240), port, port + 5_000);
        }
    }

    /// Opens them.
    ///
    /// @throws IOException when an address is taken
    Roads(Set<Integer> machines, Network network) throws IOException {
        this.machines = new TreeSet<>(machines);
        this.network = network;
        for (int to : machines) {
            new ServerSocket(network.brokerPort, 1, real(to))
                    .close(); // says early that it is taken
            for (int from : machines) {
                if (from != to) {
                    roads.put(new Pair(from, to), new Road());
                }
            }
            roads.put(new Pair(CLIENTS, to), new Road());
            roads.put(new Pair(to, CLIENTS), new Road());
        }
        for (Pair pair : roads.keySet()) {
            if (pair.to != CLIENTS) {
                open(pair, network.brokerPort);
                open(pair, network.controllerPort);
            }
        }
    }

    static String name(int machine) {
        return "machine" + machine;
    }

    /// Where a machine really listens.
    InetAddress real(int machine) throws UnknownHostException {
        return address(machine, machine);
    }

    private InetAddress address(int from, int to) throws UnknownHostException {
        return InetAddress.getByAddress(
                new byte[] {127, (byte) network.number, (byte) from, (byte) to});
    }

    /// What names mean to one of the machines, or to the clients.
    void writeHosts(Path file, int of) throws IOException {
        List<String> lines = new ArrayList<>(List.of("127.0.0.1 localhost"));
        for (int to : machines) {
            lines.add(address(of, to).getHostAddress() + " " + name(to));
        }
        Files.write(file, lines);
    }

    private void open(Pair pair, int port) throws IOException {
        var door = new ServerSocket(port, BACKLOG, address(pair.from, pair.to));
        doors.add(door);
        var target = new InetSocketAddress(real(pair.to), port);
        Thread.ofVirtual().start(() -> accept(door, pair, target));
    }

    private void accept(ServerSocket door, Pair pair, InetSocketAddress target) {
        while (!door.isClosed()) {
            try {
                Socket near = door.accept();
                if (crossings.size() >= MOST_CROSSINGS) {
                    near.close();
                    continue;
                }
                var crossing = new Crossing(near, road(pair), road(pair.reversed()));
                crossings.put(crossing, pair);
                Thread.ofVirtual()
                        .start(() -> {
                            crossing.carry(target);
                            crossings.remove(crossing);
                        });
            } catch (IOException e) {
                // closed, or a caller that was gone before it was let in
            }
        }
    }

    Road road(Pair pair) {
        Road road = roads.get(pair);
        if (road == null) {
            throw new IllegalArgumentException("no road " + pair);
        }
        return road;
    }

    /// From one machine to all others and the clients, or only to the other machines.
    List<Pair> from(int machine, boolean clientsToo) {
        return roads.keySet().stream()
                .filter(pair -> pair.from == machine && (clientsToo || pair.to != CLIENTS))
                .toList();
    }

    List<Pair> all() {
        return List.copyOf(roads.keySet());
    }

    /// Resets every connection that goes by one of these roads.
    void breakOff(Set<Pair> pairs) {
        crossings.forEach((crossing, pair) -> {
            if (pairs.contains(pair) || pairs.contains(pair.reversed())) {
                crossing.breakOff();
            }
        });
    }

    void heal() {
        roads.values().forEach(Road::heal);
    }

    int crossings() {
        return crossings.size();
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket door : doors) {
            door.close();
        }
        crossings.keySet().forEach(Crossing::breakOff);
    }
}
