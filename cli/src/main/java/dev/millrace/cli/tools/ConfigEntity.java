package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.jspecify.annotations.Nullable;

/// What `kafka-configs` is about: a type, and a name, the default of the type, or everything of it.
///
/// @param type as the tool writes it, in the plural
/// @param name empty for the default, null for everything
record ConfigEntity(String type, @Nullable String name) {
    static final List<String> TYPES =
            List.of(
                    "topics",
                    "clients",
                    "users",
                    "brokers",
                    "ips",
                    "client-metrics",
                    "groups",
                    "broker-loggers");

    /// Options that name a type and its entity at once, as `option=type`, in the order in which Kafka's tool takes them.
    private static final List<String> SHORT =
            List.of(
                    "topic=topics",
                    "client=clients",
                    "user=users",
                    "broker=brokers",
                    "broker-logger=broker-loggers",
                    "ip=ips",
                    "client-metrics=client-metrics",
                    "group=groups");

    /// Options that name the default of a type, likewise.
    private static final List<String> DEFAULTS =
            List.of(
                    "client-defaults=clients",
                    "user-defaults=users",
                    "broker-defaults=brokers",
                    "ip-defaults=ips");

    /// The entities of a command line: one, or a user with a client. The first is the one that sentences name.
    static List<ConfigEntity> parse(Arguments arguments) {
        var types = arguments.values("entity-type");
        var names = names(arguments);
        var entities = new ArrayList<ConfigEntity>();
        for (int at = 0; at < types.size(); at++) {
            entities.add(new ConfigEntity(types.get(at), at < names.size() ? names.get(at) : null));
        }
        for (String option : SHORT) {
            String name = option.substring(0, option.indexOf('='));
            if (arguments.has(name)) {
                entities.add(
                        new ConfigEntity(
                                option.substring(name.length() + 1), arguments.value(name)));
            }
        }
        for (String option : DEFAULTS) {
            String name = option.substring(0, option.indexOf('='));
            if (arguments.has(name)) {
                entities.add(new ConfigEntity(option.substring(name.length() + 1), ""));
            }
        }
        check(entities, types.size(), names.size());
        return entities;
    }

    /// The names for `--entity-type`, in the order given; the empty name for `--entity-default`.
    private static List<String> names(Arguments arguments) {
        var names = new ArrayList<String>();
        int given = 0;
        for (String option : arguments.sequence()) {
            if (option.equals("entity-name")) {
                names.add(arguments.values("entity-name").get(given++));
            } else if (option.equals("entity-default")) {
                names.add("");
            }
        }
        return names;
    }

    private static void check(List<ConfigEntity> entities, int types, int names) {
        if (entities.isEmpty()) {
            throw CommandFailed.usage("At least one entity type must be specified");
        }
        if (names > types) {
            throw CommandFailed.usage(
                    "--entity-name and --entity-default need an --entity-type each");
        }
        for (ConfigEntity entity : entities) {
            if (!TYPES.contains(entity.type())) {
                throw CommandFailed.usage(
                        "Invalid entity type "
                                + entity.type()
                                + ", the entity type must be one of "
                                + String.join(", ", TYPES)
                                + " with a --bootstrap-server or --bootstrap-controller argument");
            }
        }
        var together = entities.stream().map(ConfigEntity::type).sorted().toList();
        if (entities.size() > 1 && !together.equals(List.of("clients", "users"))) {
            throw CommandFailed.usage(
                    "Only 'users' and 'clients' entity types may be specified together");
        }
    }

    /// One of the type, for sentences.
    String singular() {
        return type.substring(0, type.length() - 1);
    }

    /// Settings of this type are quotas.
    boolean isQuota() {
        return type.equals("users") || type.equals("clients") || type.equals("ips");
    }

    /// The kind of entity in Kafka's quota protocol.
    String quotaType() {
        return switch (type) {
            case "users" -> ClientQuotaEntity.USER;
            case "clients" -> ClientQuotaEntity.CLIENT_ID;
            default -> ClientQuotaEntity.IP;
        };
    }

    /// The type in Kafka's configuration protocol.
    ConfigResource.Type resourceType() {
        return switch (type) {
            case "topics" -> ConfigResource.Type.TOPIC;
            case "brokers" -> ConfigResource.Type.BROKER;
            case "broker-loggers" -> ConfigResource.Type.BROKER_LOGGER;
            case "client-metrics" -> ConfigResource.Type.CLIENT_METRICS;
            default -> ConfigResource.Type.GROUP;
        };
    }
}
