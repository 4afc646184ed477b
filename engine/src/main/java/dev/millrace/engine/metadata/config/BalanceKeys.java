package dev.millrace.engine.metadata.config;

import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;

/// The broker keys of balancing (`docs/balancing.md`). They may be set while the cluster runs, for all brokers.
public final class BalanceKeys {
    public static final String ENABLE = "millrace.balance.enable";
    public static final String INTERVAL_MS = "millrace.balance.interval.ms";
    public static final long INTERVAL_MS_DEFAULT = 300_000;

    /// Thirty days. What switches balancing off is [#ENABLE].
    public static final long INTERVAL_MS_MOST = 2_592_000_000L;

    public static final String AT_ONCE = "millrace.balance.partitions.at.once";
    public static final int AT_ONCE_DEFAULT = 2;
    public static final String BYTES_PER_SECOND = "millrace.balance.bytes.per.second";
    public static final long BYTES_PER_SECOND_DEFAULT = 20L << 20;

    /// Whom balancing gives nothing.
    public static final String DRAINED = "millrace.balance.drained";

    /// What balancing has set to bound its copies: written by the active controller.
    public static final String THROTTLED = "millrace.balance.throttled";

    static final Set<String> ALL =
            Set.of(ENABLE, INTERVAL_MS, AT_ONCE, BYTES_PER_SECOND, DRAINED, THROTTLED);

    private BalanceKeys() {}

    static ConfigDef define(ConfigDef def) {
        return def.define(
                        DRAINED,
                        ConfigDef.Type.LIST,
                        "",
                        ConfigDef.Importance.LOW,
                        "The ids of brokers that are being emptied (`millrace cluster drain`): balancing puts nothing there.")
                .define(
                        THROTTLED,
                        ConfigDef.Type.LIST,
                        "",
                        ConfigDef.Importance.LOW,
                        "Written by the active controller while balancing copies: what it has throttled, and takes away again.")
                .define(
                        ENABLE,
                        ConfigDef.Type.BOOLEAN,
                        true,
                        ConfigDef.Importance.MEDIUM,
                        "Whether the active controller evens out leaders, bytes and rates between the brokers by itself. When it is"
                                + " switched off, what is under way arrives, and nothing new is begun.")
                .define(
                        INTERVAL_MS,
                        ConfigDef.Type.LONG,
                        INTERVAL_MS_DEFAULT,
                        ConfigDef.Range.between(1_000, INTERVAL_MS_MOST),
                        ConfigDef.Importance.LOW,
                        "How long balancing rests when there is nothing to move.")
                .define(
                        AT_ONCE,
                        ConfigDef.Type.INT,
                        AT_ONCE_DEFAULT,
                        ConfigDef.Range.between(1, 1_000),
                        ConfigDef.Importance.LOW,
                        "How many partitions balancing copies at the same time.")
                .define(
                        BYTES_PER_SECOND,
                        ConfigDef.Type.LONG,
                        BYTES_PER_SECOND_DEFAULT,
                        ConfigDef.Range.atLeast(1),
                        ConfigDef.Importance.MEDIUM,
                        "How many bytes a second each broker sends or receives at most for what balancing copies.");
    }
}
