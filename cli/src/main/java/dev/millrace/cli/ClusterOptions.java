package dev.millrace.cli;

import dev.millrace.cli.cluster.BootstrapAddresses;
import dev.millrace.cli.cluster.Connection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a verb finds its cluster: the options that every verb has.
final class ClusterOptions {
    @Option(
            names = {"-b", "--bootstrap-server"},
            paramLabel = "HOST:PORT",
            description =
                    "A broker of the cluster, or several with commas (default: ${DEFAULT-VALUE}).",
            defaultValue = BootstrapAddresses.DEFAULT)
    String bootstrapServers = BootstrapAddresses.DEFAULT;

    @Option(
            names = "--command-config",
            paramLabel = "FILE",
            description = "Client settings in a .properties file, such as security.protocol.")
    @Nullable String commandConfig;

    @Option(
            names = "-X",
            paramLabel = "KEY=VALUE",
            description = "One client setting. May be repeated.")
    Map<String, String> settings = new LinkedHashMap<>();

    /// The settings given, options over file.
    Map<String, String> settings() {
        var all = new HashMap<String, String>();
        if (commandConfig != null) {
            all.putAll(Connection.propertiesFile(commandConfig));
        }
        all.putAll(settings);
        return all;
    }

    Connection connect() {
        return Connection.to(bootstrapServers, settings());
    }
}
