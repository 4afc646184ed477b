package dev.millrace.compat.kafka;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.metadata.LeaderAndIsr;

/// What the tests want to know of a cluster's metadata, asked of the cluster itself.
final class Topics {
    private static final int WIPE_SECONDS = 60;

    final Admin admin;

    Topics(Admin admin) {
        this.admin = admin;
    }

    List<Node> nodes() {
        return List.copyOf(Waiting.answer(admin.describeCluster().nodes()));
    }

    Set<Integer> brokerIds() {
        return nodes().stream().map(Node::id).collect(Collectors.toSet());
    }

    /// An internal topic may be there already: on a running broker they outlive a test.
    void create(NewTopic topic) {
        try {
            Waiting.answer(admin.createTopics(List.of(topic)).all());
        } catch (IllegalStateException e) {
            boolean internal = topic.name().startsWith("__");
            if (!(internal && e.getCause() instanceof TopicExistsException)) throw e;
        }
    }

    Map<String, Uuid> ids() {
        return Waiting.answer(
                        admin.listTopics(new ListTopicsOptions().listInternal(true)).listings())
                .stream()
                .collect(Collectors.toMap(TopicListing::name, TopicListing::topicId));
    }

    boolean exists(String topic) {
        return ids().containsKey(topic);
    }

    Optional<TopicDescription> describe(String topic) {
        if (!exists(topic)) return Optional.empty();
        return Optional.ofNullable(
                Waiting.answer(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic));
    }

    boolean hasLeaders(String topic, int partitions) {
        return describe(topic)
                .filter(d -> d.partitions().size() == partitions)
                .map(d ->
                        d.partitions().stream()
                                .allMatch(p -> p.leader() != null && !p.leader().isEmpty()))
                .orElse(false);
    }

    boolean contains(TopicPartition partition) {
        return describe(partition.topic())
                .map(d -> partition.partition() < d.partitions().size())
                .orElse(false);
    }

    Optional<LeaderAndIsr> leaderAndIsr(String topic, int partition) {
        return describe(topic).stream()
                .flatMap(d -> d.partitions().stream())
                .filter(p -> p.partition() == partition)
                .map(Topics::leaderAndIsr)
                .findFirst();
    }

    private static LeaderAndIsr leaderAndIsr(TopicPartitionInfo p) {
        int leader = p.leader() == null ? LeaderAndIsr.NO_LEADER : p.leader().id();
        return new LeaderAndIsr(leader, p.isr().stream().map(Node::id).toList());
    }

    /// Leaves a running broker as the next test wants it: no groups, no topics of users.
    void wipe() {
        Map<Boolean, List<String>> groups =
                Waiting.answer(admin.listGroups().all()).stream()
                        .collect(
                                Collectors.partitioningBy(
                                        g -> g.type().filter(GroupType.SHARE::equals).isPresent(),
                                        Collectors.mapping(
                                                GroupListing::groupId, Collectors.toList())));
        Waiting.until(
                WIPE_SECONDS,
                "groups to be empty and gone",
                () -> {
                    List<String> share = groups.getOrDefault(true, List.of());
                    List<String> others = groups.getOrDefault(false, List.of());
                    if (!share.isEmpty()) Waiting.answer(admin.deleteShareGroups(share).all());
                    if (!others.isEmpty()) Waiting.answer(admin.deleteConsumerGroups(others).all());
                    return true;
                });
        Set<String> names = Waiting.answer(admin.listTopics().names());
        if (names.isEmpty()) return;
        Waiting.answer(admin.deleteTopics(names).all());
        Waiting.until(
                WIPE_SECONDS,
                "topics to be gone",
                () -> Waiting.answer(admin.listTopics().names()).isEmpty());
    }
}
