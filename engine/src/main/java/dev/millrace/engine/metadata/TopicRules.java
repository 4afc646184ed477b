package dev.millrace.engine.metadata;

import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.server.common.EligibleLeaderReplicasVersion;
import org.jspecify.annotations.Nullable;

/// What the controller has to know of a topic's settings when it decides who leads and who is in sync.
final class TopicRules {
    private static final String MIN_IN_SYNC = "min.insync.replicas";
    private static final String UNCLEAN = "unclean.leader.election.enable";
    private static final ConfigResource ALL_BROKERS =
            new ConfigResource(ConfigResource.Type.BROKER, "");

    private TopicRules() {}

    /// Whether the cluster keeps eligible leaders (KIP-966).
    static boolean eligibleLeaders(MetadataImage image) {
        return image.features().level(EligibleLeaderReplicasVersion.FEATURE_NAME)
                >= EligibleLeaderReplicasVersion.ELRV_1.featureLevel();
    }

    /// How many in-sync replicas a commit needs: `min.insync.replicas` of the topic, or of all brokers, and no more than there
    /// are replicas. No broker's file is asked, for it would be another one's with every controller; while eligible leaders
    /// are kept, the setting of all brokers is written down (KIP-966).
    static int minInSync(MetadataImage image, TopicImage topic) {
        @Nullable String own = topicSettings(image, topic.name()).get(MIN_IN_SYNC);
        String value =
                own != null ? own : image.configs().of(ALL_BROKERS).getOrDefault(MIN_IN_SYNC, "1");
        return Math.min(Integer.parseInt(value), topic.partitions().getFirst().replicas().size());
    }

    /// Whether a topic rather has a leader that lacks records than none.
    static boolean uncleanElection(MetadataImage image, ClusterDefaults defaults, String topic) {
        @Nullable String own = topicSettings(image, topic).get(UNCLEAN);
        return Boolean.parseBoolean(
                own != null ? own : defaults.broker(image.configs(), UNCLEAN, "false"));
    }

    private static Map<String, String> topicSettings(MetadataImage image, String topic) {
        return image.configs().of(new ConfigResource(ConfigResource.Type.TOPIC, topic));
    }
}
