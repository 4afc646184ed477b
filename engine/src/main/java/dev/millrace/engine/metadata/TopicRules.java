package dev.millrace.engine.metadata;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.server.common.ApiMessageAndVersion;
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

    /// Whether the minimum of all brokers is written down.
    static boolean hasMinInSync(MetadataImage image) {
        return image.configs().of(ALL_BROKERS).containsKey(MIN_IN_SYNC);
    }

    /// How many in-sync replicas a commit needs: `min.insync.replicas` of the topic, or of all brokers, and no more than there
    /// are replicas. No broker's file is asked, for it would be another one's with every controller; while eligible leaders
    /// are kept, the setting of all brokers is written down (KIP-966).
    static int minInSync(MetadataImage image, TopicImage topic) {
        int value = Integer.parseInt(setting(image, topic.name(), MIN_IN_SYNC, "1"));
        return Math.min(value, topic.partitions().getFirst().replicas().size());
    }

    /// Whether a topic rather has a leader that lacks records than none: set for it, or for all brokers.
    static boolean uncleanElection(MetadataImage image, String topic) {
        return Boolean.parseBoolean(setting(image, topic, UNCLEAN, "false"));
    }

    /// As [#uncleanElection(MetadataImage, String)], where nothing is set as this controller's own settings have it.
    static boolean uncleanElection(MetadataImage image, ClusterDefaults defaults, String topic) {
        return Boolean.parseBoolean(
                setting(image, topic, UNCLEAN, defaults.broker(image.configs(), UNCLEAN, "false")));
    }

    /// While eligible leaders are kept, everybody counts against the same minimum: no broker has one of its own, and that of all brokers
    /// stays written down (KIP-966).
    ///
    /// @param before settings of a broker, or of all
    /// @throws InvalidConfigurationException when they are not to become `after`
    static void checkMinInSync(
            MetadataImage image,
            ConfigResource resource,
            Map<String, String> before,
            Map<String, String> after) {
        @Nullable String wanted = after.get(MIN_IN_SYNC);
        if (!eligibleLeaders(image) || Objects.equals(before.get(MIN_IN_SYNC), wanted)) {
            return;
        }
        if (!resource.equals(ALL_BROKERS)) {
            throw new InvalidConfigurationException(
                    "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
        }
        if (wanted == null) {
            throw new InvalidConfigurationException(
                    "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
        }
    }

    /// Takes away what [#checkMinInSync] does not let brokers have.
    static void forgetMinInSyncOfBrokers(MetadataImage image, List<ApiMessageAndVersion> records) {
        for (ConfigResource resource : image.configs().resources()) {
            if (resource.type() == ConfigResource.Type.BROKER
                    && !resource.equals(ALL_BROKERS)
                    && image.configs().of(resource).containsKey(MIN_IN_SYNC)) {
                records.add(
                        new ApiMessageAndVersion(
                                new ConfigRecord()
                                        .setResourceType(resource.type().id())
                                        .setResourceName(resource.name())
                                        .setName(MIN_IN_SYNC)
                                        .setValue(null),
                                (short) 0));
            }
        }
    }

    /// What follows from changes of settings: where fewer in-sync replicas are enough now, nobody else is eligible (R3).
    ///
    /// @param records of all changes that are decided together; takes those that follow
    static void recount(MetadataImage image, List<ApiMessageAndVersion> records) {
        if (!eligibleLeaders(image)) {
            return;
        }
        var topics = new TreeSet<String>();
        boolean all = false;
        for (ApiMessageAndVersion record : records) {
            if (record.message() instanceof ConfigRecord config
                    && config.name().equals(MIN_IN_SYNC)) {
                all |= config.resourceType() == ConfigResource.Type.BROKER.id();
                topics.add(config.resourceName());
            }
        }
        if (all || !topics.isEmpty()) {
            MetadataImage after = LeaderElections.after(image, records);
            for (TopicImage topic : all ? after.topics().inNameOrder() : named(after, topics)) {
                LeaderElections.each(
                        after,
                        topic,
                        partition -> !partition.eligibleLeaders().isEmpty(),
                        _ -> {},
                        records);
            }
        }
    }

    private static List<TopicImage> named(MetadataImage image, Collection<String> names) {
        return names.stream().map(image.topics()::byName).filter(Objects::nonNull).toList();
    }

    /// Without the blanks around it, which Kafka's definitions accept: values are kept as they were written.
    private static String setting(MetadataImage image, String topic, String key, String otherwise) {
        @Nullable String own = topicSettings(image, topic).get(key);
        String value =
                own != null ? own : image.configs().of(ALL_BROKERS).getOrDefault(key, otherwise);
        return value.trim();
    }

    private static Map<String, String> topicSettings(MetadataImage image, String topic) {
        return image.configs().of(new ConfigResource(ConfigResource.Type.TOPIC, topic));
    }
}
