package dev.millrace.engine.metadata;

import dev.millrace.engine.metadata.config.TopicConfigs;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;

/// What this node fills in where a request or a topic leaves it open: from its file, by Kafka's keys.
///
/// @param nodeId whose dynamic settings count
/// @param file the broker's own settings
public record ClusterDefaults(
        int nodeId,
        Map<String, String> file,
        int partitions,
        short replicationFactor,
        boolean topicsMayBeDeleted) {
    public static ClusterDefaults of(int nodeId, Map<String, String> file) {
        return new ClusterDefaults(
                nodeId,
                file,
                Integer.parseInt(file.getOrDefault("num.partitions", "1")),
                Short.parseShort(file.getOrDefault("default.replication.factor", "1")),
                Boolean.parseBoolean(file.getOrDefault("delete.topic.enable", "true")));
    }

    /// Where the settings of a topic come from.
    ///
    /// @param own what the topic itself has, or will have
    public TopicConfigs.Sources sources(ConfigsImage configs, Map<String, String> own) {
        return new TopicConfigs.Sources(
                own,
                configs.of(
                        new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(nodeId))),
                configs.of(new ConfigResource(ConfigResource.Type.BROKER, "")),
                file);
    }

    /// What is set for this broker: for it, for all brokers, or in its file, in that order; without the blanks around it.
    public String broker(ConfigsImage configs, String key, String otherwise) {
        var sources = sources(configs, Map.of());
        String all = sources.brokers().getOrDefault(key, file.getOrDefault(key, otherwise));
        return sources.broker().getOrDefault(key, all).trim();
    }

    /// What is set for a topic, by topic key; a key that is missing has Kafka's default. Does not load Kafka's definitions.
    public Map<String, String> effective(ConfigsImage configs, String topic) {
        return TopicConfigs.effective(
                sources(configs, configs.of(new ConfigResource(ConfigResource.Type.TOPIC, topic))));
    }
}
