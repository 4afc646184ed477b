package dev.millrace.cli.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/// A command's way to a cluster: the addresses, the client settings, and an [Admin] opened when first asked for.
public final class Connection implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final BootstrapAddresses addresses;
    private final Map<String, Object> settings;
    private @Nullable Admin admin;

    private Connection(BootstrapAddresses addresses, Map<String, Object> settings) {
        this.addresses = addresses;
        this.settings = settings;
    }

    /// @param settings client settings of the user, which win over ours (but for the addresses)
    public static Connection to(String bootstrapServers, Map<String, ?> settings) {
        var all = new HashMap<String, Object>(settings);
        all.put("bootstrap.servers", bootstrapServers);
        return new Connection(BootstrapAddresses.parse(bootstrapServers), all);
    }

    /// A connection to the controllers themselves (KIP-919): no broker needs to be up.
    public static Connection toController(String controllers, Map<String, ?> settings) {
        var all = new HashMap<String, Object>(settings);
        all.put("bootstrap.controllers", controllers);
        return new Connection(BootstrapAddresses.parse(controllers), all);
    }

    /// For tests: a connection whose admin is given.
    public static Connection of(Admin admin) {
        var connection = to(BootstrapAddresses.DEFAULT, Map.of());
        connection.admin = admin;
        return connection;
    }

    /// The settings for a client of this connection: quiet and quick defaults of ours under those of the user.
    public Map<String, Object> clientSettings(String clientId) {
        var all = new HashMap<String, Object>();
        all.put("client.id", clientId);
        // A command lives for a second: no client metrics pushed to the broker, no MBeans.
        all.put("enable.metrics.push", "false");
        all.put("metric.reporters", "");
        all.putAll(settings);
        return all;
    }

    /// Fails with one sentence when nothing listens at any of the addresses.
    public void requireAnswer() {
        addresses.requireAnswer();
    }

    /// The admin client, opened at the first call.
    public Admin admin() {
        if (admin == null) {
            requireAnswer();
            var config = clientSettings("millrace-cli");
            config.putIfAbsent("default.api.timeout.ms", "30000");
            config.putIfAbsent("request.timeout.ms", "15000");
            admin = Admin.create(config);
        }
        return admin;
    }

    /// The addresses as text, for sentences.
    public String address() {
        return addresses.toString();
    }

    @Override
    public void close() {
        if (admin != null) {
            admin.close(CLOSE_TIMEOUT);
        }
    }

    /// Waits for an answer; what the broker refused is thrown as Kafka's own exception.
    public static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException failed) {
            throw unwrapped(failed);
        } catch (InterruptedException interrupted) {
            throw new InterruptException(interrupted);
        }
    }

    /// Waits for answers about several things; a topic that was deleted meanwhile is left out, anything else is thrown as by [#await].
    public static <K, V> Map<K, V> there(Map<K, KafkaFuture<V>> answers) {
        var there = new HashMap<K, V>();
        answers.forEach((which, answer) -> {
            try {
                there.put(which, await(answer));
            } catch (UnknownTopicOrPartitionException deleted) {
                // as said above
            }
        });
        return there;
    }

    private static RuntimeException unwrapped(ExecutionException failed) {
        return failed.getCause() instanceof RuntimeException cause
                ? cause
                : new CompletionException(failed.getCause());
    }

    /// Reads a client's `.properties` file, as `--command-config` names it.
    public static Map<String, String> propertiesFile(String path) {
        var properties = new Properties();
        try (InputStream file = Files.newInputStream(Path.of(path))) {
            properties.load(file);
        } catch (IOException failed) {
            throw CommandFailed.unreadable(path, failed);
        }
        var map = new HashMap<String, String>();
        properties
                .stringPropertyNames()
                .forEach(key -> map.put(key, properties.getProperty(key).strip()));
        return map;
    }
}
