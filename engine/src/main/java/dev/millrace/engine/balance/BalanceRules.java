package dev.millrace.engine.balance;

import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.config.BalanceKeys;

/// The settings in force at a look.
///
/// @param intervalMs between two looks when there is nothing to do
/// @param atOnce partitions that are copied at the same time
/// @param bytesPerSecond that are copied, over the time from one batch to the next
public record BalanceRules(boolean enabled, long intervalMs, int atOnce, long bytesPerSecond) {
    /// As the metadata and this node's file have them.
    public static BalanceRules of(MetadataImage image, ClusterDefaults defaults) {
        return new BalanceRules(
                Boolean.parseBoolean(value(image, defaults, BalanceKeys.ENABLE, "true")),
                Math.min(
                        BalanceKeys.INTERVAL_MS_MOST, // an earlier version took any
                        number(
                                image,
                                defaults,
                                BalanceKeys.INTERVAL_MS,
                                BalanceKeys.INTERVAL_MS_DEFAULT)),
                (int) number(image, defaults, BalanceKeys.AT_ONCE, BalanceKeys.AT_ONCE_DEFAULT),
                number(
                        image,
                        defaults,
                        BalanceKeys.BYTES_PER_SECOND,
                        BalanceKeys.BYTES_PER_SECOND_DEFAULT));
    }

    /// What may come in of a partition that is copied. The copies of a batch may all share one broker's bound; of its share each needs
    /// half to catch up.
    long mostIn() {
        return bytesPerSecond / 2 / atOnce;
    }

    private static long number(
            MetadataImage image, ClusterDefaults defaults, String key, long otherwise) {
        return Math.max(
                1, Long.parseLong(value(image, defaults, key, Long.toString(otherwise)).strip()));
    }

    private static String value(
            MetadataImage image, ClusterDefaults defaults, String key, String otherwise) {
        return defaults.broker(image.configs(), key, otherwise).strip();
    }
}
