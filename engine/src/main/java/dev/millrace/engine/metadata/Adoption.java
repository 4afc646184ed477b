package dev.millrace.engine.metadata;

import dev.millrace.engine.env.Turn;
import dev.millrace.engine.quorum.QuorumListener.CommittedBatch;
import dev.millrace.engine.quorum.QuorumListener.LoadedSnapshot;
import dev.millrace.engine.quorum.StoppedQuorum;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.ShareVersion;

/// What the metadata of a stopped Apache Kafka node means for us: what we cannot carry, and the image that we begin with.
///
/// The image is that of the node alone: no registrations, for it registers anew; every partition in sync with this node, without a
/// leader, in the epochs that it had, so that the registration makes this node lead it in the next.
///
/// **Owner.** Immutable once read.
public final class Adoption {
    private static final int NAMED = 3;

    private final MetadataImage found;
    private final UnservedEntries unserved;
    private final List<Integer> voters;

    private Adoption(MetadataImage found, UnservedEntries unserved, List<Integer> voters) {
        this.found = found;
        this.unserved = unserved;
        this.voters = voters;
    }

    /// Where a partition will be.
    @FunctionalInterface
    public interface DirectoryOf {
        Uuid id(String topic, int partition);
    }

    /// @param turn for the image, which nobody else sees
    /// @throws UnreadableMetadata when it holds what this version does not know, or contradicts itself
    public static Adoption read(StoppedQuorum.Contents contents, Turn turn) {
        var unserved = new UnservedEntries();
        var metadata = new Metadata(turn);
        LoadedSnapshot snapshot = contents.snapshot();
        if (snapshot != null) {
            metadata.load(
                    new LoadedSnapshot(
                            snapshot.lastOffset(),
                            snapshot.epoch(),
                            snapshot.appendedAtMs(),
                            served(snapshot.records(), unserved)));
        }
        var batches = new ArrayList<CommittedBatch>();
        for (CommittedBatch batch : contents.batches()) {
            batches.add(
                    new CommittedBatch(
                            batch.baseOffset(),
                            batch.lastOffset(),
                            batch.epoch(),
                            batch.appendedAtMs(),
                            batch.sizeBytes(),
                            served(batch.records(), unserved)));
        }
        metadata.apply(batches);
        MetadataImage image = metadata.image();
        List<Integer> voters =
                contents.voters().isEmpty()
                        ? List.copyOf(image.cluster().controllers().keySet())
                        : contents.voters();
        return new Adoption(image, unserved, voters);
    }

    private static List<ApiMessageAndVersion> served(
            List<ApiMessageAndVersion> records, UnservedEntries unserved) {
        return records.stream().filter(record -> !unserved.take(record.message())).toList();
    }

    /// The image as Kafka had it, but for what we have no place for.
    public MetadataImage found() {
        return found;
    }

    /// Why this cannot be adopted, sentence by sentence; empty when it can.
    public List<String> refusals(int nodeId, Set<LeftOut> leaveOut) {
        var reasons = new ArrayList<String>();
        alone(nodeId, reasons);
        features(reasons);
        tiered(reasons);
        for (Map.Entry<LeftOut, Integer> kind : notServed().entrySet()) {
            if (!leaveOut.contains(kind.getKey())) {
                reasons.add(
                        "It has %s%s: %s. --leave-out %s carries the rest."
                                .formatted(
                                        kind.getKey().counted(kind.getValue()),
                                        whom(kind.getKey()),
                                        kind.getKey().consequence(),
                                        kind.getKey().word()));
            }
        }
        return reasons;
    }

    /// What there is of the kinds that we do not serve, and how many.
    public Map<LeftOut, Integer> notServed() {
        var counts = new TreeMap<LeftOut, Integer>();
        for (LeftOut kind : LeftOut.values()) {
            int count = kind == LeftOut.SHARE_GROUPS ? shareTopics() : unserved.count(kind);
            if (count > 0) {
                counts.put(kind, count);
            }
        }
        return counts;
    }

    private int shareTopics() {
        return found.topics().byName(Topic.SHARE_GROUP_STATE_TOPIC_NAME) == null ? 0 : 1;
    }

    private String whom(LeftOut kind) {
        SortedSet<String> whom = unserved.whom(kind);
        return whom.isEmpty() ? "" : " (" + some(whom) + ")";
    }

    private static String some(SortedSet<String> names) {
        String first = names.stream().limit(NAMED).collect(Collectors.joining(", "));
        return names.size() > NAMED ? first + " and " + (names.size() - NAMED) + " more" : first;
    }

    private void alone(int nodeId, List<String> reasons) {
        if (!voters.equals(List.of(nodeId))) {
            reasons.add(
                    "Its metadata quorum has the voters %s, and this is node %d: only a node that is the one controller of its cluster can be adopted."
                            .formatted(
                                    voters.stream()
                                            .map(String::valueOf)
                                            .collect(Collectors.joining(", ")),
                                    nodeId));
        }
        var elsewhere = new TreeSet<String>();
        var brokers = new TreeSet<Integer>();
        for (TopicImage topic : found.topics().inNameOrder()) {
            for (PartitionImage partition : topic.partitions()) {
                if (!partition.replicas().equals(List.of(nodeId))) {
                    elsewhere.add(topic.name());
                    brokers.addAll(partition.replicas());
                }
            }
        }
        if (!elsewhere.isEmpty()) {
            reasons.add(
                    "Topics have replicas on brokers %s (%s): only a node that is the whole cluster can be adopted. Reassign their partitions to broker %d alone first."
                            .formatted(
                                    brokers.stream()
                                            .map(String::valueOf)
                                            .collect(Collectors.joining(", ")),
                                    some(elsewhere),
                                    nodeId));
        }
    }

    private void features(List<String> reasons) {
        found.features()
                .levels()
                .forEach((feature, level) -> {
                    FeatureRange range = SupportedFeatures.RANGES.get(feature);
                    if (feature.equals(ShareVersion.FEATURE_NAME)) {
                        return; // switched off; who uses it has a topic
                    }
                    if (range == null) {
                        reasons.add(
                                "It uses the feature %s, which Millrace does not know."
                                        .formatted(feature));
                    } else if (!range.contains(level)) {
                        reasons.add(
                                "Its %s is at level %d, and Millrace works at %d to %d."
                                        .formatted(feature, level, range.min(), range.max()));
                    }
                });
    }

    private void tiered(List<String> reasons) {
        var topics = new TreeSet<String>();
        for (TopicImage topic : found.topics().inNameOrder()) {
            Map<String, String> settings =
                    found.configs().of(new ConfigResource(ConfigResource.Type.TOPIC, topic.name()));
            if ("true".equals(settings.get(TopicConfig.REMOTE_LOG_STORAGE_ENABLE_CONFIG))) {
                topics.add(topic.name());
            }
        }
        if (!topics.isEmpty()) {
            reasons.add(
                    "Older segments of tiered topics (%s) are in another storage, which Millrace does not read: set %s to false and let Kafka bring them back, or delete the topics."
                            .formatted(some(topics), TopicConfig.REMOTE_LOG_STORAGE_ENABLE_CONFIG));
        }
    }

    /// The image that we begin with, when there is nothing to refuse.
    ///
    /// @param directories where each partition will be
    public MetadataImage carried(int nodeId, DirectoryOf directories) {
        TopicsImage topics = TopicsImage.EMPTY;
        for (TopicImage topic : found.topics().inNameOrder()) {
            if (isCarried(topic)) {
                topics = topics.with(topic.name(), topic.id());
                for (int i = 0; i < topic.partitions().size(); i++) {
                    TopicImage begun =
                            java.util.Objects.requireNonNull(topics.byName(topic.name()));
                    Uuid directory = directories.id(topic.name(), i);
                    topics =
                            topics.with(
                                    begun, i, alone(topic.partitions().get(i), nodeId, directory));
                }
            }
        }
        return found.with(topics)
                .with(ClusterImage.EMPTY)
                .with(found.features().with(ShareVersion.FEATURE_NAME, (short) 0))
                .with(
                        found.configs()
                                .without(
                                        new ConfigResource(
                                                ConfigResource.Type.TOPIC,
                                                Topic.SHARE_GROUP_STATE_TOPIC_NAME)));
    }

    /// Whether its folders come along.
    public static boolean isCarried(TopicImage topic) {
        return !topic.name().equals(Topic.SHARE_GROUP_STATE_TOPIC_NAME);
    }

    /// After a clean stop of Kafka the only replica is not in sync but eligible (KIP-966); and nobody leads.
    private static PartitionImage alone(PartitionImage partition, int nodeId, Uuid directory) {
        return new PartitionImage(
                List.of(nodeId),
                List.of(directory),
                List.of(nodeId),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                PartitionImage.NO_LEADER,
                partition.leaderEpoch(),
                partition.partitionEpoch(),
                false);
    }
}
