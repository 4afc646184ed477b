package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataDelta;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.CopartitionGroup;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.Subtopology;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.TopicConfig;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.TopicInfo;
import org.apache.kafka.coordinator.group.streams.StreamsTopology;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredTopology;
import org.apache.kafka.coordinator.group.streams.topics.InternalTopicManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Topologies of streams applications: what they read and keep, and which topics that takes.
///
/// How many partitions an internal topic has, and how many tasks that makes, is Kafka's own arithmetic: applications and
/// other brokers must come to the same (docs/decisions/0005-library-arithmetic.md).
final class StreamsTopologies {
    private static final Logger LOG = LoggerFactory.getLogger(StreamsTopologies.class);

    private StreamsTopologies() {}

    /// As it is written down: in the order of the request.
    static StreamsGroupTopologyValue of(Topology told) {
        var topology = new StreamsGroupTopologyValue().setEpoch(told.epoch());
        for (StreamsGroupHeartbeatRequestData.Subtopology subtopology : told.subtopologies()) {
            topology.subtopologies()
                    .add(
                            new Subtopology()
                                    .setSubtopologyId(subtopology.subtopologyId())
                                    .setSourceTopics(subtopology.sourceTopics())
                                    .setSourceTopicRegex(subtopology.sourceTopicRegex())
                                    .setRepartitionSinkTopics(subtopology.repartitionSinkTopics())
                                    .setRepartitionSourceTopics(
                                            topics(subtopology.repartitionSourceTopics()))
                                    .setStateChangelogTopics(
                                            topics(subtopology.stateChangelogTopics()))
                                    .setCopartitionGroups(
                                            copartitioned(subtopology.copartitionGroups())));
        }
        return topology;
    }

    private static List<TopicInfo> topics(List<StreamsGroupHeartbeatRequestData.TopicInfo> told) {
        List<TopicInfo> topics = new ArrayList<>(told.size());
        for (StreamsGroupHeartbeatRequestData.TopicInfo topic : told) {
            List<TopicConfig> configs = new ArrayList<>(topic.topicConfigs().size());
            topic.topicConfigs()
                    .forEach(config ->
                            configs.add(
                                    new TopicConfig()
                                            .setKey(config.key())
                                            .setValue(config.value())));
            topics.add(
                    new TopicInfo()
                            .setName(topic.name())
                            .setPartitions(topic.partitions())
                            .setReplicationFactor(topic.replicationFactor())
                            .setTopicConfigs(configs));
        }
        return topics;
    }

    private static List<CopartitionGroup> copartitioned(
            List<StreamsGroupHeartbeatRequestData.CopartitionGroup> told) {
        List<CopartitionGroup> groups = new ArrayList<>(told.size());
        for (StreamsGroupHeartbeatRequestData.CopartitionGroup group : told) {
            groups.add(
                    new CopartitionGroup()
                            .setSourceTopics(group.sourceTopics())
                            .setSourceTopicRegex(group.sourceTopicRegex())
                            .setRepartitionSourceTopics(group.repartitionSourceTopics()));
        }
        return groups;
    }

    static StreamsTopology topology(StreamsGroupTopologyValue stored) {
        var subtopologies = new TreeMap<String, Subtopology>();
        stored.subtopologies().forEach(each -> subtopologies.put(each.subtopologyId(), each));
        return new StreamsTopology(stored.epoch(), subtopologies);
    }

    /// Every topic that the application reads or keeps.
    static SortedSet<String> topics(StreamsTopology topology) {
        return new TreeSet<>(topology.requiredTopics());
    }

    /// What a topology comes to with the topics that there are.
    sealed interface Outcome {
        record Configured(ConfiguredTopology topology) implements Outcome {}

        /// The topology contradicts itself.
        record Refused(ApiError error) implements Outcome {}
    }

    /// Which of its topics are there, which are to be made, and how many tasks it has.
    static Outcome configured(
            String group,
            String member,
            long metadataHash,
            StreamsTopology topology,
            MetadataImage image) {
        try {
            return new Outcome.Configured(
                    InternalTopicManager.configureTopics(
                            LOG,
                            group,
                            member,
                            metadataHash,
                            topology,
                            new Topics(image),
                            Stopped.CLOCK));
        } catch (RuntimeException e) {
            // The library reads what a client wrote, and throws whatever comes of it: an index that
            // points nowhere too.
            LOG.debug("{}: the topology of {} cannot be used", group, member, e);
            return new Outcome.Refused(ApiError.fromThrowable(e));
        }
    }

    /// Kafka's class measures how long it takes, for its log; here that is no time.
    private enum Stopped implements Time {
        CLOCK;

        @Override
        public long milliseconds() {
            return 0;
        }

        @Override
        public long nanoseconds() {
            return 0;
        }

        @Override
        public void sleep(long ms) {
            throw new UnsupportedOperationException("nothing waits here");
        }
    }

    /// The image as Kafka's classes read it.
    private record Topics(MetadataImage image) implements CoordinatorMetadataImage {
        @Override
        public Set<Uuid> topicIds() {
            throw new UnsupportedOperationException("topics are looked up one by one");
        }

        @Override
        public Set<String> topicNames() {
            throw new UnsupportedOperationException("topics are looked up one by one");
        }

        @Override
        public Optional<TopicMetadata> topicMetadata(String name) {
            return Optional.ofNullable(image.topics().byName(name)).map(Topic::new);
        }

        @Override
        public Optional<TopicMetadata> topicMetadata(Uuid id) {
            return Optional.ofNullable(image.topics().byId(id)).map(Topic::new);
        }

        @Override
        public CoordinatorMetadataDelta emptyDelta() {
            return CoordinatorMetadataDelta.EMPTY;
        }

        @Override
        public long version() {
            return image.offset();
        }

        @Override
        public boolean isEmpty() {
            return image.topics().size() == 0;
        }
    }

    private record Topic(TopicImage topic) implements CoordinatorMetadataImage.TopicMetadata {
        @Override
        public String name() {
            return topic.name();
        }

        @Override
        public Uuid id() {
            return topic.id();
        }

        @Override
        public int partitionCount() {
            return topic.partitions().size();
        }

        /// Where replicas stand makes no difference to what topics are needed.
        @Override
        public List<String> partitionRacks(int partition) {
            return List.of();
        }
    }
}
