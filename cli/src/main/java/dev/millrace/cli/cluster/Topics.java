package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;
import static dev.millrace.cli.cluster.Connection.there;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/// Topics of a cluster: list, describe, create, delete, grow.
public final class Topics {
    private final Admin admin;

    /// @param admin borrowed, not closed here
    public Topics(Admin admin) {
        this.admin = admin;
    }

    /// Names that pass the filter, sorted.
    public List<String> names(Predicate<String> filter, boolean includeInternal) {
        var names = new TreeSet<String>();
        for (var listing :
                await(admin.listTopics(new ListTopicsOptions().listInternal(true)).listings())) {
            if ((includeInternal || !listing.isInternal()) && filter.test(listing.name())) {
                names.add(listing.name());
            }
        }
        return List.copyOf(names);
    }

    /// Describes topics by name, sorted by name.
    ///
    /// @param partitionsPerResponse the page size of DescribeTopicPartitions (KIP-966), null for the client's default
    public List<TopicState> describe(
            Collection<String> names, @Nullable Integer partitionsPerResponse) {
        if (names.isEmpty()) {
            return List.of();
        }
        var options = new DescribeTopicsOptions();
        if (partitionsPerResponse != null) {
            options.partitionSizeLimitPerResponse(partitionsPerResponse);
        }
        return states(
                await(
                                admin.describeTopics(TopicCollection.ofTopicNames(names), options)
                                        .allTopicNames())
                        .values());
    }

    /// Describes all there are, sorted by name. One that is deleted meanwhile is left out.
    public List<TopicState> describeAll() {
        List<String> names = names(TopicFilter.all(), true);
        if (names.isEmpty()) {
            return List.of();
        }
        return states(
                there(admin.describeTopics(TopicCollection.ofTopicNames(names)).topicNameValues())
                        .values());
    }

    /// Describes one topic by its id; empty when there is none.
    public Optional<TopicState> describe(Uuid id) {
        try {
            var byId =
                    await(
                            admin.describeTopics(TopicCollection.ofTopicIds(List.of(id)))
                                    .allTopicIds());
            return states(byId.values()).stream().findFirst();
        } catch (UnknownTopicIdException none) {
            return Optional.empty();
        }
    }

    private List<TopicState> states(Collection<TopicDescription> descriptions) {
        var names = new ArrayList<String>();
        descriptions.forEach(description -> names.add(description.name()));
        // Both questions are in flight together.
        var configs = admin.describeConfigs(resources(names)).values();
        var reassignments = reassignments(descriptions);
        var configByName = there(configs);
        var states = new ArrayList<TopicState>();
        for (TopicDescription description : descriptions) {
            var config =
                    configByName.get(
                            new ConfigResource(ConfigResource.Type.TOPIC, description.name()));
            states.add(state(description, config, reassignments));
        }
        states.sort(Comparator.comparing(TopicState::name));
        return states;
    }

    private static TopicState state(
            TopicDescription description,
            @Nullable Config config,
            Map<TopicPartition, PartitionReassignment> reassignments) {
        var moving = new TreeMap<Integer, PartitionReassignment>();
        reassignments.forEach((partition, reassignment) -> {
            if (partition.topic().equals(description.name())) {
                moving.put(partition.partition(), reassignment);
            }
        });
        return new TopicState(description, overrides(config), moving, minInsyncReplicas(config));
    }

    private static List<ConfigEntry> overrides(@Nullable Config config) {
        return config == null
                ? List.of()
                : config.entries().stream().filter(entry -> !entry.isDefault()).toList();
    }

    private static int minInsyncReplicas(@Nullable Config config) {
        var entry = config == null ? null : config.get("min.insync.replicas");
        return entry == null || entry.value() == null ? 1 : Integer.parseInt(entry.value());
    }

    private static List<ConfigResource> resources(Collection<String> names) {
        return names.stream()
                .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                .toList();
    }

    /// A user without rights on the cluster may still describe a topic: then nothing is known to move.
    private Map<TopicPartition, PartitionReassignment> reassignments(
            Collection<TopicDescription> topics) {
        var partitions = new HashSet<TopicPartition>();
        for (TopicDescription topic : topics) {
            topic.partitions()
                    .forEach(p -> partitions.add(new TopicPartition(topic.name(), p.partition())));
        }
        try {
            return await(admin.listPartitionReassignments(partitions).reassignments());
        } catch (UnsupportedVersionException | ClusterAuthorizationException notTold) {
            return Map.of();
        }
    }

    /// What a new topic shall be; absent counts are the broker's defaults.
    ///
    /// @param assignment replicas by partition; when present, the counts are absent
    public record Creation(
            String name,
            Optional<Integer> partitions,
            Optional<Short> replicationFactor,
            Map<Integer, List<Integer>> assignment,
            Map<String, String> configs) {

        NewTopic request() {
            var topic =
                    assignment.isEmpty()
                            ? new NewTopic(name, partitions, replicationFactor)
                            : new NewTopic(name, assignment);
            return topic.configs(configs);
        }
    }

    /// Creates a topic. Refused replication carries a sentence that says what this cluster allows.
    ///
    /// @return false when it exists already and that is allowed
    public boolean create(Creation topic, boolean ifNotExists) {
        // An answer that was lost must not come back as "already exists": the client does not retry
        // on a quota.
        var options = new CreateTopicsOptions().retryOnQuotaViolation(false);
        try {
            await(admin.createTopics(List.of(topic.request()), options).all());
            return true;
        } catch (TopicExistsException exists) {
            if (ifNotExists) {
                return false;
            }
            throw exists;
        }
    }

    /// How many brokers the cluster has; for advice, so a failure to tell is 0.
    public int brokers() {
        return await(admin.describeCluster().nodes()).size();
    }

    /// Deletes topics by name.
    public void delete(Collection<String> names) {
        await(admin.deleteTopics(TopicCollection.ofTopicNames(names)).all());
    }

    /// Grows topics to a number of partitions.
    ///
    /// @param assignment replicas for every partition, those that exist included; empty to let the controller choose
    public void grow(
            Collection<String> names, int partitions, Map<Integer, List<Integer>> assignment) {
        var existing = new HashMap<String, KafkaFuture<TopicDescription>>();
        if (!assignment.isEmpty()) {
            existing.putAll(admin.describeTopics(names).topicNameValues());
        }
        var request = new HashMap<String, NewPartitions>();
        for (String name : names) {
            var description = existing.get(name);
            request.put(
                    name,
                    description == null
                            ? NewPartitions.increaseTo(partitions)
                            : NewPartitions.increaseTo(
                                    partitions,
                                    added(assignment, await(description).partitions().size())));
        }
        await(admin.createPartitions(request).all());
    }

    private static List<List<Integer>> added(Map<Integer, List<Integer>> assignment, int existing) {
        var added = new ArrayList<List<Integer>>();
        for (int partition = existing; partition < assignment.size(); partition++) {
            added.add(assignment.getOrDefault(partition, List.of()));
        }
        return added;
    }

    /// Two names that differ only in '.' and '_' collide in the names of metrics.
    public static boolean mayCollide(String name) {
        return name.indexOf('.') >= 0 || name.indexOf('_') >= 0;
    }
}
