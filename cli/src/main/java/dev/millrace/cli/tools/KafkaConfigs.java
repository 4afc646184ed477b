package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.ConfigChanges;
import dev.millrace.cli.cluster.Configs;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.cluster.Quotas;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;

/// `kafka-configs`: settings of topics, brokers, groups and client metrics; quotas of users, clients and addresses; SCRAM.
final class KafkaConfigs implements Tool {
    @Override
    public OptionTable options() {
        return new OptionTable("kafka-configs", "show and change settings.")
                .flag("describe", "Show the settings of an entity.")
                .flag("alter", "Change settings of an entity.")
                .value(
                        "add-config",
                        "k=v,k=[v,v]",
                        "With --alter: settings to set; brackets around a value with commas.")
                .value(
                        "add-config-file",
                        "file",
                        "With --alter: the same, from a .properties file.")
                .value(
                        "delete-config",
                        "k,k",
                        "With --alter: settings that go back to their defaults.")
                .flag("all", "With --describe: every setting, those with default values included.")
                .value(
                        "entity-type",
                        "type",
                        "topics, brokers, groups, clients, users, ips, client-metrics or broker-loggers.")
                .value("entity-name", "name", "The entity.")
                .flag("entity-default", "The default of the type.")
                .value("topic", "name", "A topic.")
                .value("broker", "id", "A broker.")
                .flag("broker-defaults", "What holds for every broker.")
                .value("broker-logger", "id", "A broker's loggers.")
                .value("group", "id", "A group.")
                .value("client", "id", "A client's quotas.")
                .flag("client-defaults", "The quotas of clients without their own.")
                .value("user", "name", "A user's quotas and credentials.")
                .flag("user-defaults", "The quotas of users without their own.")
                .value("ip", "address", "An address's quotas.")
                .flag("ip-defaults", "The quotas of addresses without their own.")
                .value("client-metrics", "name", "A subscription to client metrics.")
                .value(
                        "bootstrap-controller",
                        "host:port,...",
                        "A controller, in place of a broker.")
                .formerly("broker-list")
                .example(
                        "kafka-configs --bootstrap-server localhost:9092 --describe --topic orders --all")
                .example(
                        "kafka-configs --bootstrap-server localhost:9092 --alter --topic orders"
                                + " --add-config retention.ms=3600000,cleanup.policy=[compact,delete]")
                .example(
                        "kafka-configs --bootstrap-server localhost:9092 --alter --topic orders --delete-config retention.ms");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        String action = arguments.action("describe", "alter");
        var entities = ConfigEntity.parse(arguments);
        try (var connection = connect(arguments)) {
            if (action.equals("describe")) {
                describe(entities, arguments, connection, terminal);
            } else {
                alter(entities, changes(arguments), connection, terminal);
            }
        }
        return 0;
    }

    private static Connection connect(Arguments arguments) {
        String controllers = arguments.value("bootstrap-controller");
        if (controllers == null) {
            return arguments.connect();
        }
        return Connection.toController(
                controllers, arguments.properties(List.of("command-config"), List.of()));
    }

    private static ConfigChanges changes(Arguments arguments) {
        if (!arguments.has("add-config")
                && !arguments.has("add-config-file")
                && !arguments.has("delete-config")) {
            throw CommandFailed.usage(
                    "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter");
        }
        arguments.refuse("add-config", "add-config-file");
        var set = new LinkedHashMap<String, String>();
        arguments.values("add-config").forEach(text -> set.putAll(ConfigChanges.parseSet(text)));
        arguments
                .values("add-config-file")
                .forEach(file -> set.putAll(Connection.propertiesFile(file)));
        var removed = new ArrayList<String>();
        arguments
                .values("delete-config")
                .forEach(text -> removed.addAll(ConfigChanges.parseRemoved(text)));
        return new ConfigChanges(set, removed);
    }

    private static void alter(
            List<ConfigEntity> entities,
            ConfigChanges changes,
            Connection connection,
            Terminal terminal) {
        var first = entities.getFirst();
        for (ConfigEntity entity : entities) {
            if (entity.name() == null) {
                throw CommandFailed.usage("--alter needs a name or a default for " + entity.type());
            }
        }
        if (first.isQuota()) {
            alterQuotas(entities, changes, connection);
        } else {
            new Configs(connection.admin())
                    .alter(new ConfigResource(first.resourceType(), first.name()), changes);
        }
        terminal.line(
                String.valueOf(first.name()).isEmpty()
                        ? "Completed updating default config for "
                                + first.type()
                                + " in the cluster."
                        : "Completed updating config for "
                                + first.singular()
                                + " "
                                + first.name()
                                + ".");
    }

    private static void alterQuotas(
            List<ConfigEntity> entities, ConfigChanges changes, Connection connection) {
        var quotas = new Quotas(connection.admin());
        boolean scram =
                changes.set().keySet().stream().anyMatch(Quotas::isScram)
                        || changes.removed().stream().anyMatch(Quotas::isScram);
        String user = entities.getFirst().name();
        if (!scram) {
            var names = new HashMap<String, String>();
            entities.forEach(entity -> putName(names, entity));
            quotas.alter(new ClientQuotaEntity(names), changes);
        } else if (entities.size() == 1
                && entities.getFirst().type().equals("users")
                && user != null
                && !user.isEmpty()) {
            quotas.alterScram(user, changes);
        } else {
            throw CommandFailed.usage("SCRAM credentials belong to one user: use --user NAME");
        }
    }

    /// A null name is the default entity in the client library's map.
    @SuppressWarnings("NullAway")
    private static void putName(Map<String, String> names, ConfigEntity entity) {
        names.put(
                entity.quotaType(), String.valueOf(entity.name()).isEmpty() ? null : entity.name());
    }

    private static void describe(
            List<ConfigEntity> entities,
            Arguments arguments,
            Connection connection,
            Terminal terminal) {
        var first = entities.getFirst();
        if (first.isQuota()) {
            describeQuotas(entities, new Quotas(connection.admin()), terminal);
            return;
        }
        var configs = new Configs(connection.admin());
        boolean all = arguments.has("all");
        String name = first.name();
        if (name != null) {
            if (!name.isEmpty() && !configs.names(first.resourceType()).contains(name)) {
                terminal.line(
                        "The "
                                + first.singular()
                                + " '"
                                + name
                                + "' doesn't exist and doesn't have dynamic config.");
                return;
            }
            describe(first, name, all, configs, terminal);
            return;
        }
        configs.names(first.resourceType())
                .forEach(each -> describe(first, each, all, configs, terminal));
        if (first.type().equals("brokers")) {
            describe(first, "", all, configs, terminal);
        }
    }

    private static void describe(
            ConfigEntity entity, String name, boolean all, Configs configs, Terminal terminal) {
        String which = all ? "All" : "Dynamic";
        terminal.line(
                name.isEmpty()
                        ? "Default configs for " + entity.type() + " in the cluster are:"
                        : which + " configs for " + entity.singular() + " " + name + " are:");
        for (ConfigEntry entry :
                configs.describe(new ConfigResource(entity.resourceType(), name))) {
            if (all || isDynamic(entity, name, entry)) {
                terminal.line(
                        "  "
                                + entry.name()
                                + "="
                                + entry.value()
                                + " sensitive="
                                + entry.isSensitive()
                                + " synonyms="
                                + synonyms(entry));
            }
        }
    }

    /// Set on this very entity, not inherited from elsewhere.
    private static boolean isDynamic(ConfigEntity entity, String name, ConfigEntry entry) {
        return entry.source()
                == switch (entity.resourceType()) {
                    case TOPIC -> ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG;
                    case BROKER ->
                            name.isEmpty()
                                    ? ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG
                                    : ConfigEntry.ConfigSource.DYNAMIC_BROKER_CONFIG;
                    case BROKER_LOGGER -> ConfigEntry.ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG;
                    case CLIENT_METRICS -> ConfigEntry.ConfigSource.DYNAMIC_CLIENT_METRICS_CONFIG;
                    default -> ConfigEntry.ConfigSource.DYNAMIC_GROUP_CONFIG;
                };
    }

    private static String synonyms(ConfigEntry entry) {
        var text = new ArrayList<String>();
        entry.synonyms()
                .forEach(synonym ->
                        text.add(synonym.source() + ":" + synonym.name() + "=" + synonym.value()));
        return "{" + String.join(", ", text) + "}";
    }

    private static void describeQuotas(
            List<ConfigEntity> entities, Quotas quotas, Terminal terminal) {
        var filter = new ArrayList<ClientQuotaFilterComponent>();
        for (ConfigEntity entity : entities) {
            String name = entity.name();
            if (name == null) {
                filter.add(ClientQuotaFilterComponent.ofEntityType(entity.quotaType()));
            } else if (name.isEmpty()) {
                filter.add(ClientQuotaFilterComponent.ofDefaultEntity(entity.quotaType()));
            } else {
                filter.add(ClientQuotaFilterComponent.ofEntity(entity.quotaType(), name));
            }
        }
        quotas.describe(filter)
                .forEach((entity, values) -> {
                    var text = new ArrayList<String>();
                    values.forEach((key, value) -> text.add(key + "=" + value));
                    terminal.line(
                            "Quota configs for "
                                    + entityText(entity)
                                    + " are "
                                    + String.join(", ", text));
                });
        var first = entities.getFirst();
        if (entities.size() == 1 && first.type().equals("users") && !"".equals(first.name())) {
            quotas.scram(first.name())
                    .forEach((user, credentials) ->
                            terminal.line(
                                    "SCRAM credential configs for user-principal '"
                                            + user
                                            + "' are "
                                            + String.join(", ", credentials)));
        }
    }

    private static String entityText(ClientQuotaEntity entity) {
        var parts = new ArrayList<String>();
        for (String type :
                List.of(
                        ClientQuotaEntity.USER,
                        ClientQuotaEntity.CLIENT_ID,
                        ClientQuotaEntity.IP)) {
            if (entity.entries().containsKey(type)) {
                String kind = type.equals(ClientQuotaEntity.USER) ? "user-principal" : type;
                String name = entity.entries().get(type);
                parts.add(name == null ? "the default " + kind : kind + " '" + name + "'");
            }
        }
        return String.join(", ", parts);
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err()
                .println(
                        "Error while executing config command: "
                                + Explanation.of(failure, address));
    }
}
