package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// The controller that a `server.properties` describes, as the quorum is told of it. Its directory lies on this machine, formatted.
record NewVoter(int id, Uuid directory, Set<RaftVoterEndpoint> endpoints) {
    private static final String IS_IT = " Is this a valid controller configuration file?";

    /// @throws CommandFailed when the file describes none
    static NewVoter of(Map<String, String> file) {
        int id = id(file);
        return new NewVoter(id, directory(file), endpoints(file));
    }

    private static int id(Map<String, String> file) {
        String value = file.get("node.id");
        if (value == null) {
            throw CommandFailed.because("node.id not found in configuration file." + IS_IT);
        }
        int id;
        try {
            id = Integer.parseInt(value);
        } catch (NumberFormatException wrong) {
            throw CommandFailed.because("node.id is no number in configuration file." + IS_IT);
        }
        if (id < 0) {
            throw CommandFailed.because("node.id was negative in configuration file." + IS_IT);
        }
        if (!file.getOrDefault("process.roles", "").contains("controller")) {
            throw CommandFailed.because(
                    "process.roles did not contain 'controller' in configuration file." + IS_IT);
        }
        return id;
    }

    private static Uuid directory(Map<String, String> file) {
        String dirs = file.getOrDefault("log.dirs", file.get("log.dir"));
        String directory = file.getOrDefault("metadata.log.dir", dirs);
        if (directory == null) {
            throw CommandFailed.because(
                    "Neither metadata.log.dir nor log.dirs were found." + IS_IT);
        }
        String first = directory.split(",", -1)[0].strip();
        String meta = Path.of(first, "meta.properties").toString();
        String id = Connection.propertiesFile(meta).get("directory.id");
        if (id == null) {
            throw CommandFailed.because("No directory id found in " + first);
        }
        return Uuid.fromString(id);
    }

    private static Set<RaftVoterEndpoint> endpoints(Map<String, String> file) {
        String names = file.get("controller.listener.names");
        if (names == null) {
            throw CommandFailed.because("controller.listener.names was not found." + IS_IT);
        }
        var listeners = new LinkedHashMap<String, RaftVoterEndpoint>();
        listeners(file.get("listeners"), listeners);
        listeners(file.get("advertised.listeners"), listeners);
        var endpoints = new LinkedHashSet<RaftVoterEndpoint>();
        for (String name : names.split(",", -1)) {
            String normal = name.strip().toUpperCase(Locale.ROOT);
            RaftVoterEndpoint endpoint = listeners.get(normal);
            if (endpoint == null) {
                throw CommandFailed.because(
                        "Cannot find information about controller listener name: " + normal);
            }
            endpoints.add(endpoint);
        }
        return endpoints;
    }

    /// Adds those that a list like `CONTROLLER://host:9093,...` names.
    private static void listeners(@Nullable String list, Map<String, RaftVoterEndpoint> listeners) {
        for (String element : list == null ? new String[0] : list.split(",", -1)) {
            int scheme = element.indexOf("://");
            int port = element.lastIndexOf(':');
            if (scheme <= 0 || port < scheme + 3) {
                throw CommandFailed.because(
                        "'" + element + "' is not of the form NAME://HOST:PORT");
            }
            String name = element.substring(0, scheme).strip().toUpperCase(Locale.ROOT);
            String host = element.substring(scheme + 3, port).replaceAll("[\\[\\]]", "");
            listeners.put(
                    name,
                    new RaftVoterEndpoint(
                            name,
                            host.isEmpty() ? "localhost" : host,
                            Integer.parseInt(element.substring(port + 1).strip())));
        }
    }
}
