package dev.millrace.dist;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.HttpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a person sees when the broker is ready: where it is, where the data is, what to try next.
final class Banner {
    private Banner() {}

    /// @param logDirs those in use; none where everything is in memory
    static String text(
            BrokerConfig config,
            List<String> logDirs,
            List<InetSocketAddress> addresses,
            @Nullable HttpAddress http) {
        String address = clientAddress(addresses.getFirst());
        String data = logDirs.isEmpty() ? "in memory, gone at the end" : String.join(", ", logDirs);
        // Put together without a Formatter, which loads the locale's number formats before it
        // prints a first number.
        return "\n  Millrace is ready in "
                + sinceProcessStartMs()
                + (config.roles().broker()
                        ? " ms.\n\n    Kafka clients   "
                        : " ms.\n\n    controller      ")
                + address
                + "\n    data            "
                + data
                + "\n    metrics         "
                + metrics(http)
                + "\n    stop            Ctrl-C\n\n"
                + (config.roles().broker() ? firstSteps(address) : quorum(address));
    }

    private static String firstSteps(String address) {
        String server = address.equals("localhost:9092") ? "" : " --bootstrap-server " + address;
        return "  Try, in another terminal:\n\n    ./millrace topic create hello"
                + server
                + "\n    echo \"a first event\" | ./millrace produce hello"
                + server
                + "\n    ./millrace consume hello --from-beginning"
                + server
                + "\n\n";
    }

    /// Of a node that serves no clients.
    private static String quorum(String address) {
        return "  It is no broker: clients connect to those. Who votes, and who leads:\n\n"
                + "    bin/kafka-metadata-quorum.sh --bootstrap-controller "
                + address
                + " describe --status\n\n";
    }

    private static String metrics(@Nullable HttpAddress http) {
        if (http == null) {
            return "none";
        }
        boolean everywhere = http.host().isEmpty() || http.host().equals("0.0.0.0");
        return "http://" + (everywhere ? "localhost:" + http.port() : http) + "/metrics";
    }

    /// Since the process began, launcher script included. Linux tells it in hundredths of a second; elsewhere the JVM's own start
    /// has to do.
    static long sinceProcessStartMs() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 22);
            double uptime =
                    Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0]);
            return Math.round(1000 * (uptime - Long.parseLong(fields[19]) / 100.0));
        } catch (IOException | NumberFormatException e) {
            return System.currentTimeMillis() - Millrace.STARTED_MS;
        }
    }

    static String clientAddress(InetSocketAddress bound) {
        InetAddress host = bound.getAddress();
        String name =
                host.isAnyLocalAddress() || host.isLoopbackAddress()
                        ? "localhost"
                        : host.getHostAddress();
        return (name.contains(":") ? "[" + name + "]" : name) + ":" + bound.getPort();
    }
}
