package dev.millrace.broker.config;

import dev.millrace.engine.metadata.config.ConfigSchema;
import dev.millrace.engine.replica.ReplicaSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/// Compares settings with Kafka's own definitions of its keys, and ours. Loading them takes time: they are asked only about what
/// [PlainValues] cannot tell.
final class KnownKeys {
    /// Kafka's keys that have no effect here, by their beginnings: they size threads, queues and caches that we do not have, or
    /// belong to parts that are not built yet.
    private static final List<String> WITHOUT_EFFECT =
            List.of(
                    "num.network.threads",
                    "num.io.threads",
                    "num.recovery.threads.per.data.dir",
                    "num.replica.alter.log.dirs.threads",
                    "num.replica.fetchers",
                    "background.threads",
                    "queued.max.requests",
                    "config.providers",
                    "early.start.listeners",
                    "server.max.startup.time.ms",
                    "initial.broker.registration.timeout.ms",
                    "controller.performance.",
                    "controller.socket.timeout.ms",
                    "socket.connection.setup.timeout.",
                    "max.decompressed.message.bytes",
                    "metadata.max.",
                    "internal.metadata.",
                    "log.dir.failure.timeout.ms",
                    "log.initial.task.delay.ms",
                    "log.flush.interval.",
                    "log.flush.scheduler.interval.ms",
                    "log.flush.start.offset.checkpoint.interval.ms",
                    "log.preallocate",
                    "remote.",
                    "log.remote.",
                    "log.local.",
                    "follower.fetch.last.tiered.offset.enable",
                    "replica.high.watermark.checkpoint.interval.ms",
                    "replica.socket.receive.buffer.bytes",
                    "fetch.purgatory.",
                    "producer.purgatory.",
                    "delete.records.purgatory.",
                    "share.fetch.purgatory.",
                    "group.coordinator.threads",
                    "group.coordinator.background.threads",
                    "group.coordinator.append.linger.ms",
                    "group.coordinator.cached.buffer.max.bytes",
                    "group.consumer.assignor.offload.enable",
                    "group.streams.assignor.offload.enable",
                    "group.streams.topology.description.plugin.class",
                    "offsets.load.buffer.size",
                    "offsets.topic.compression.codec",
                    "add.partitions.to.txn.retry.backoff.",
                    "transaction.state.log.load.buffer.size",
                    "group.share.",
                    "share.coordinator.",
                    "errors.deadletterqueue.",
                    "metric.reporters",
                    "metrics.",
                    "kafka.metrics.",
                    "quota.",
                    "replication.quota.",
                    "controller.quota.",
                    "alter.log.dirs.replication.quota.",
                    "client.quota.callback.class",
                    "create.topic.policy.class.name",
                    "alter.config.policy.class.name",
                    "max.connection.creation.rate",
                    "connection.failed.authentication.delay.ms",
                    "connections.max.reauth.ms",
                    "ssl.",
                    "sasl.",
                    "delegation.token.",
                    "security.providers",
                    "zookeeper.");

    /// Keys that promise protection: to ignore one would be a lie.
    private static final Set<String> NOT_TO_BE_IGNORED =
            Set.of("authorizer.class.name", "principal.builder.class");

    /// Whose reader says better than Kafka's definition what is wrong with a value.
    private static final Set<String> OWN_SENTENCES = Set.of("controller.quorum.voters");

    private KnownKeys() {}

    /// Sentences for one warning each; empty when there is nothing to say.
    static List<String> check(Settings settings) throws WrongSetting {
        var unknown = new ArrayList<String>();
        var ineffective = new ArrayList<String>();
        for (var entry : settings.asMap().entrySet()) {
            String key = entry.getKey();
            boolean known =
                    OWN_SENTENCES.contains(key)
                            || PlainValues.hold(key, entry.getValue())
                            || isValid(key, entry.getValue());
            if (isRefused(key) && !entry.getValue().isBlank()) {
                throw WrongSetting.of(
                        key, entry.getValue(), "this version has no authorization; remove the key");
            }
            if (key.equals(ReplicaSelector.KEY) && ReplicaSelector.of(entry.getValue()) == null) {
                throw WrongSetting.of(key, entry.getValue(), ReplicaSelector.ALLOWED);
            }
            if (isWithoutEffect(key)) {
                ineffective.add(key);
            } else if (!known && key.startsWith("millrace.")) {
                throw WrongSetting.of(key, entry.getValue(), "there is no such setting");
            } else if (!known) {
                unknown.add(key);
            }
        }
        var warnings = new ArrayList<String>();
        if (!ineffective.isEmpty()) {
            warnings.add(
                    "Settings of Kafka that have no effect here: "
                            + String.join(", ", ineffective));
        }
        if (!unknown.isEmpty()) {
            warnings.add("Unknown settings, ignored: " + String.join(", ", unknown));
        }
        return warnings;
    }

    static boolean isWithoutEffect(String key) {
        return WITHOUT_EFFECT.stream().anyMatch(withoutListener(key)::startsWith);
    }

    static boolean isRefused(String key) {
        return NOT_TO_BE_IGNORED.contains(key);
    }

    /// @return false when the key is unknown
    private static boolean isValid(String key, String value) throws WrongSetting {
        ConfigDef.ConfigKey known =
                ConfigSchema.keys(ConfigResource.Type.BROKER).get(withoutListener(key));
        if (known != null) {
            ensureValid(key, value, known);
        }
        return known != null;
    }

    private static String withoutListener(String key) {
        if (!key.startsWith("listener.name.")) {
            return key;
        }
        int dot = key.indexOf('.', "listener.name.".length());
        return dot < 0 ? key : key.substring(dot + 1);
    }

    private static void ensureValid(String key, String value, ConfigDef.ConfigKey known)
            throws WrongSetting {
        Object parsed;
        try {
            parsed = ConfigDef.parseType(known.name, value, known.type);
        } catch (ConfigException e) {
            throw WrongSetting.of(
                    key, value, "wants " + wanted(known.type) + allowed(known.validator));
        }
        try {
            if (known.validator != null) {
                known.validator.ensureValid(known.name, parsed);
            }
        } catch (ConfigException e) {
            throw WrongSetting.of(key, value, "not allowed" + allowed(known.validator));
        }
    }

    private static String wanted(ConfigDef.Type type) {
        return switch (type) {
            case BOOLEAN -> "true or false";
            case INT, SHORT, LONG -> "a whole number";
            case DOUBLE -> "a number";
            case LIST -> "a list separated by commas";
            case CLASS -> "the name of a class";
            case STRING, PASSWORD -> "text";
        };
    }

    private static String allowed(ConfigDef.@Nullable Validator validator) {
        return validator == null ? "" : "; allowed: " + validator;
    }
}
