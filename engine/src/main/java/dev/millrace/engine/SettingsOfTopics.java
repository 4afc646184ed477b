package dev.millrace.engine;

import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.replica.TopicSettings;
import java.util.HashMap;
import java.util.Map;

/// Topics' settings as their logs want them. Most topics have set nothing: they share one object.
///
/// @param ofBroker what the broker's settings tell every log
record SettingsOfTopics(
        TopicSettings untouched, Map<String, String> ofBroker, ClusterDefaults defaults)
        implements TopicSettings.Source {
    private static final Map<String, String> DEFAULTS =
            Map.of("transaction.partition.verification.enable", "true");

    SettingsOfTopics(NodeSettings settings, ClusterDefaults defaults) {
        this(ofBroker(settings.file()), defaults);
    }

    private SettingsOfTopics(Map<String, String> ofBroker, ClusterDefaults defaults) {
        this(resolve(Map.of(), ofBroker), ofBroker, defaults);
    }

    private static Map<String, String> ofBroker(Map<String, String> file) {
        Map<String, String> ofBroker = new HashMap<>(DEFAULTS);
        ofBroker.replaceAll(file::getOrDefault);
        return ofBroker;
    }

    @Override
    public TopicSettings of(MetadataImage image, String topic) {
        Map<String, String> set = defaults.effective(image.configs(), topic);
        return set.isEmpty() ? untouched : resolve(set, ofBroker);
    }

    private static TopicSettings resolve(Map<String, String> set, Map<String, String> ofBroker) {
        Map<String, String> all = new HashMap<>(set);
        all.putAll(ofBroker);
        all.replaceAll((_, value) -> value.trim()); // blanks that Kafka's definitions accept
        return new TopicSettings(
                LogSettings.from(all),
                Integer.parseInt(all.getOrDefault("min.insync.replicas", "1")));
    }
}
