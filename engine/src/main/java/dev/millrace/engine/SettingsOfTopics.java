package dev.millrace.engine;

import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.replica.TopicSettings;
import java.util.HashMap;
import java.util.Map;

/// Topics' settings as their logs want them. Most topics have set nothing: they share one object.
record SettingsOfTopics(
        TopicSettings untouched, String producerExpirationMs, ClusterDefaults defaults)
        implements TopicSettings.Source {
    private static final String PRODUCER_EXPIRATION = "producer.id.expiration.ms";

    SettingsOfTopics(NodeSettings settings, ClusterDefaults defaults) {
        this(settings.file().getOrDefault(PRODUCER_EXPIRATION, "86400000"), defaults);
    }

    private SettingsOfTopics(String producerExpirationMs, ClusterDefaults defaults) {
        this(resolve(Map.of(), producerExpirationMs), producerExpirationMs, defaults);
    }

    @Override
    public TopicSettings of(MetadataImage image, String topic) {
        Map<String, String> set = defaults.effective(image.configs(), topic);
        return set.isEmpty() ? untouched : resolve(set, producerExpirationMs);
    }

    private static TopicSettings resolve(Map<String, String> set, String producerExpirationMs) {
        Map<String, String> all = new HashMap<>(set);
        all.put(PRODUCER_EXPIRATION, producerExpirationMs);
        return new TopicSettings(
                LogSettings.from(all),
                Integer.parseInt(set.getOrDefault("min.insync.replicas", "1").strip()));
    }
}
