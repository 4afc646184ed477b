package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.Endpoint;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.EndpointToPartitions;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.TopicPartition;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredSubtopology;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredTopology;
import org.jspecify.annotations.Nullable;

/// Where the stores of an application can be queried: for each member with an endpoint, the partitions that its tasks read.
final class StreamsEndpoints {
    private StreamsEndpoints() {}

    /// Of the members after this heartbeat, the one that asks last.
    static List<EndpointToPartitions> of(
            StreamsDraft draft, ConfiguredTopology topology, MetadataImage image) {
        var subtopologies = new TreeMap<String, ConfiguredSubtopology>();
        topology.subtopologies().ifPresent(subtopologies::putAll);
        List<EndpointToPartitions> endpoints = new ArrayList<>();
        SortedMap<String, StreamsMember> others = draft.members();
        others.remove(draft.member.id());
        others.values().forEach(member -> add(endpoints, member, subtopologies, image));
        add(endpoints, draft.member, subtopologies, image);
        return endpoints;
    }

    private static void add(
            List<EndpointToPartitions> endpoints,
            StreamsMember member,
            SortedMap<String, ConfiguredSubtopology> subtopologies,
            MetadataImage image) {
        StreamsProfile.Endpoint endpoint = member.said().endpoint();
        if (endpoint == null) {
            return;
        }
        StreamsHoldings assigned = member.current().assigned();
        var copies = new TreeMap<String, Set<Integer>>();
        assigned.standby().forEach((id, partitions) -> copies.put(id, new TreeSet<>(partitions)));
        assigned.warmup()
                .forEach((id, partitions) ->
                        copies.computeIfAbsent(id, _ -> new TreeSet<>()).addAll(partitions));
        endpoints.add(
                new EndpointToPartitions()
                        .setUserEndpoint(
                                new Endpoint().setHost(endpoint.host()).setPort(endpoint.port()))
                        .setActivePartitions(
                                partitions(
                                        StreamsHoldings.withoutEpochs(assigned.active()),
                                        subtopologies,
                                        image))
                        .setStandbyPartitions(partitions(copies, subtopologies, image)));
    }

    private static List<TopicPartition> partitions(
            Map<String, Set<Integer>> tasks,
            SortedMap<String, ConfiguredSubtopology> subtopologies,
            MetadataImage image) {
        List<TopicPartition> read = new ArrayList<>();
        tasks.forEach((id, partitions) -> {
            ConfiguredSubtopology subtopology = subtopologies.get(id);
            if (subtopology != null) {
                var topics = new TreeSet<>(subtopology.sourceTopics());
                topics.addAll(subtopology.repartitionSourceTopics().keySet());
                topics.forEach(name -> add(read, image.topics().byName(name), partitions));
            }
        });
        return read;
    }

    /// Tasks beyond a topic's last partition read the other topics of their subtopology only.
    private static void add(
            List<TopicPartition> read, @Nullable TopicImage topic, Set<Integer> partitions) {
        if (topic == null) {
            return;
        }
        List<Integer> existing =
                partitions.stream().filter(index -> index < topic.partitions().size()).toList();
        if (!existing.isEmpty()) {
            read.add(new TopicPartition().setTopic(topic.name()).setPartitions(existing));
        }
    }
}
