package dev.millrace.dist;

import dev.millrace.broker.config.BrokerConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// What a person sees when the broker is ready: where it is, where the data is, what to try next.
final class Banner {
    private Banner() {}

    static String text(BrokerConfig config, boolean memory, List<InetSocketAddress> addresses) {
        String address = clientAddress(addresses.getFirst());
        String data =
                memory
                        ? "in memory, gone at the end"
                        : config.logDirs().getFirst().toAbsolutePath().normalize().toString();
        String server = address.equals("localhost:9092") ? "" : " --bootstrap-server " + address;
        return """

          Millrace is ready in %d ms.

            Kafka clients   %s
            data            %s
            stop            Ctrl-C

          Try, in another terminal:

            ./millrace topic create hello%s
            echo "a first event" | ./millrace produce hello%s
            ./millrace consume hello --from-beginning%s

        """
                .formatted(sinceProcessStart().toMillis(), address, data, server, server, server);
    }

    /// From the process's start, in so far as the system tells it (it may count in hundredths of a second).
    private static Duration sinceProcessStart() {
        Instant now = Instant.now();
        return Duration.between(ProcessHandle.current().info().startInstant().orElse(now), now);
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
