package dev.millrace.broker;

import dev.millrace.engine.metadata.ConfigsImage;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigResource;

/// `min.insync.replicas` in a broker's file. A new cluster writes it down for all brokers (KIP-966), as the file of its first controller
/// has it; from then on no file's counts, and somebody who raises it there believes records safer than they are.
final class MinInSync {
    private static final String KEY = "min.insync.replicas";

    private MinInSync() {}

    /// @param file the broker's own settings
    /// @return what is wrong, and what to do about it; nothing when the file says no other number than the cluster
    static Optional<String> problem(Map<String, String> file, ConfigsImage cluster) {
        String own = file.get(KEY);
        if (own == null) {
            return Optional.empty();
        }
        String all = cluster.of(new ConfigResource(ConfigResource.Type.BROKER, "")).get(KEY);
        return all == null || all.trim().equals(own)
                ? Optional.empty()
                : Optional.of(sentence(own, all));
    }

    private static String sentence(String own, String all) {
        return "%s = %s in the settings has no effect: this cluster has %s for all brokers. To change that: bin/kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type brokers --entity-default --add-config %s=%s"
                .formatted(KEY, own, all, KEY, own);
    }
}
