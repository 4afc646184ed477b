package dev.millrace.engine.metadata.config;

import dev.millrace.engine.metadata.FeatureLevels;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/// The keys that Kafka does not have. Unmodified clients never need them.
public final class OwnKeys {
    /// When `acks=all` is answered: `ack` after the flush to disk, `os` from the page cache as Kafka does. A topic key; the
    /// broker key of the same name is its default.
    public static final String FLUSH = "millrace.flush";

    /// Where a broker answers HTTP: HOST:PORT, empty for nowhere. A broker key.
    public static final String HTTP_LISTENER = "millrace.http.listener";

    public static final String HTTP_LISTENER_DEFAULT = "localhost:9095";

    /// The feature levels at which a new cluster begins where they are not to be the newest: NAME=LEVEL, separated by commas. What
    /// Kafka takes with `kafka-storage.sh format --feature`; a cluster that has its levels keeps them. A broker key.
    public static final String FEATURES = "millrace.features";

    /// How much of each disk is kept for the broker itself. A broker key.
    public static final String DISK_RESERVE = "millrace.disk.reserve.bytes";

    public static final long DISK_RESERVE_DEFAULT = 64L << 20;

    static final String PREFIX = "millrace.";

    /// Topic keys, each with the broker keys that give its default.
    static final Map<String, List<String>> TOPIC_SYNONYMS = Map.of(FLUSH, List.of(FLUSH));

    private OwnKeys() {}

    /// Whether it is one of ours that may be set while the cluster runs.
    static boolean isDynamicBrokerKey(String key) {
        return TOPIC_SYNONYMS.containsKey(key) || BalanceKeys.ALL.contains(key);
    }

    /// Adds the topic keys to a definition.
    static ConfigDef defineTopicKeys(ConfigDef def) {
        return defineFlush(def);
    }

    /// Adds the broker keys to a definition.
    static ConfigDef defineBrokerKeys(ConfigDef def) {
        return BalanceKeys.define(
                defineDiskReserve(defineFeatures(defineHttpListener(defineFlush(def)))));
    }

    private static ConfigDef defineDiskReserve(ConfigDef def) {
        return def.define(
                DISK_RESERVE,
                ConfigDef.Type.LONG,
                DISK_RESERVE_DEFAULT,
                ConfigDef.Range.atLeast(0),
                ConfigDef.Importance.MEDIUM,
                "How many bytes of each log directory's disk are kept for metadata, groups and transactions: producers are refused"
                        + " while less is free, and served again when a quarter more is. 0: nothing is kept.");
    }

    private static ConfigDef defineHttpListener(ConfigDef def) {
        return def.define(
                HTTP_LISTENER,
                ConfigDef.Type.STRING,
                HTTP_LISTENER_DEFAULT,
                ConfigDef.Importance.MEDIUM,
                "Where the broker answers HTTP (metrics, groups and their lag), as HOST:PORT; empty: nowhere. When it is not"
                        + " set and the port is taken, the broker starts without.");
    }

    private static ConfigDef defineFeatures(ConfigDef def) {
        return def.define(
                FEATURES,
                ConfigDef.Type.STRING,
                "",
                ConfigDef.LambdaValidator.with(
                        OwnKeys::ensureFeatureLevels, FeatureLevels::allowed),
                ConfigDef.Importance.LOW,
                "The feature levels at which a new cluster begins, as NAME=LEVEL separated by commas; a feature that is not named"
                        + " begins at its newest level.");
    }

    private static void ensureFeatureLevels(String key, Object value) {
        try {
            FeatureLevels.parse((String) value);
        } catch (IllegalArgumentException wrong) {
            throw new ConfigException(key, value, wrong.getMessage());
        }
    }

    private static ConfigDef defineFlush(ConfigDef def) {
        return def.define(
                FLUSH,
                ConfigDef.Type.STRING,
                "ack",
                ConfigDef.ValidString.in("ack", "os"),
                ConfigDef.Importance.MEDIUM,
                "When a produce request with acks=all is answered: 'ack' after every in-sync replica has flushed the batch"
                        + " to disk (one flush serves all that wait), 'os' as soon as they have it in the page cache.");
    }
}
