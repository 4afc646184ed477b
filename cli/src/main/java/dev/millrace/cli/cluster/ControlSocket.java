package dev.millrace.cli.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.cli.cluster.BootstrapAddresses.Address;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The door of a cluster that runs in one process (`millrace up --brokers 3`), for commands of the same user on the same machine.
///
/// A socket in the file system, named after the first broker's port, in a folder that only this user may enter:
/// `/tmp/millrace-USER/9092.sock`. One request, one line: `state`, `stop ID`, `start ID`. The answer is a line for each broker,
/// `ID running|starting|stopped HOST:PORT`, and `ok`; or `error` and a sentence.
public record ControlSocket(Path socket) {
    private static final String SUFFIX = ".sock";

    /// One broker of the process.
    public record Node(int id, boolean running, String address) {}

    private static Path directory() {
        return Path.of(
                System.getProperty("java.io.tmpdir", "/tmp"),
                "millrace-"
                        + System.getProperty("user.name", "nobody").replaceAll("[^\\w.-]", "_"));
    }

    /// Where the door is of the process whose first broker has this port.
    public static Path path(int port) {
        return directory().resolve(port + SUFFIX);
    }

    /// Makes the folder for this user alone; one that somebody else made in its place is refused.
    public static void makeDirectory() throws IOException {
        Path directory = directory();
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
        if (!isOurs(directory)) {
            throw new IOException(directory + " belongs to another user, or others may enter it");
        }
    }

    /// Whoever owns a file that we make is us: in a container a user may have a number and no name.
    private static boolean isOurs(Path directory) throws IOException {
        var owner = Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS);
        String permissions =
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS));
        if (!permissions.endsWith("------")) {
            return false;
        }
        Path probe = Files.createTempFile("millrace", null);
        try {
            return Files.getOwner(probe).equals(owner);
        } finally {
            Files.delete(probe);
        }
    }

    /// The door of the process that a command means: the one whose first port is among the addresses, or the only one there is.
    /// Addresses of other machines mean none.
    public static ControlSocket find(BootstrapAddresses addresses) {
        if (addresses.addresses().stream().noneMatch(Address::isLoopback)) {
            throw CommandFailed.because(
                    addresses
                            + " is not localhost: brokers are stopped and started so only where `millrace up --brokers` runs them");
        }
        List<ControlSocket> all = all();
        for (ControlSocket each : all) {
            if (all.size() == 1 || each.isMeantBy(addresses)) {
                return each;
            }
        }
        throw CommandFailed.because(
                all.isEmpty()
                        ? "no cluster runs in one process here: `millrace up --brokers 3` starts one;"
                                + " brokers of other kinds are stopped where they were started"
                        : "there are several clusters here: name the first broker of one with --bootstrap-server");
    }

    /// The brokers that run in the process whose first port is among these addresses, as `--bootstrap-server` wants them; null when
    /// it is no process of that kind.
    public static @Nullable String runningBrokers(BootstrapAddresses addresses) {
        for (ControlSocket each : all()) {
            if (each.isMeantBy(addresses)) {
                String running =
                        each.state().stream()
                                .filter(Node::running)
                                .map(Node::address)
                                .collect(Collectors.joining(","));
                return running.isEmpty() ? null : running;
            }
        }
        return null;
    }

    /// Another machine's broker may have the same port: then the command means that one.
    private boolean isMeantBy(BootstrapAddresses addresses) {
        return addresses.addresses().stream()
                .anyMatch(a -> socket.endsWith(a.port() + SUFFIX) && a.isLoopback());
    }

    /// Those that answer.
    public static List<ControlSocket> all() {
        Path directory = directory();
        try {
            if (!Files.isDirectory(directory) || !isOurs(directory)) {
                return List.of();
            }
            try (Stream<Path> files = Files.list(directory)) {
                return files.filter(file -> file.toString().endsWith(SUFFIX))
                        .sorted()
                        .map(ControlSocket::new)
                        .filter(ControlSocket::answers)
                        .toList();
            }
        } catch (IOException | UnsupportedOperationException e) {
            return List.of();
        }
    }

    private boolean answers() {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /// What the brokers of the process are at.
    public List<Node> state() {
        return ask("state");
    }

    /// Stops one, and waits until it has.
    public List<Node> stop(int id) {
        return ask("stop " + id);
    }

    /// Starts one, and waits until it answers; not for one that cannot before another controller runs.
    public List<Node> start(int id) {
        return ask("start " + id);
    }

    private List<Node> ask(String request) {
        var nodes = new ArrayList<Node>();
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap((request + "\n").getBytes(UTF_8)));
            var lines =
                    new BufferedReader(
                            new InputStreamReader(Channels.newInputStream(channel), UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("ok")) {
                    return nodes;
                }
                if (line.startsWith("error ")) {
                    throw CommandFailed.because(line.substring("error ".length()));
                }
                String[] words = line.split(" ", 3);
                nodes.add(
                        new Node(Integer.parseInt(words[0]), words[1].equals("running"), words[2]));
            }
        } catch (IOException e) {
            throw CommandFailed.because("the cluster's process does not answer: " + e.getMessage());
        }
        throw CommandFailed.because("the cluster's process has ended meanwhile");
    }
}
