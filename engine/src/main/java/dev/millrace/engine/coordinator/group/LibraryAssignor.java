package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.ClusterImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.MemberSubscription;
import org.apache.kafka.coordinator.group.api.assignor.PartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;

/// An assignor of Kafka's library, behind our interface.
///
/// The library iterates over what it is given, and over hash maps of ids and numbers whose order is the same everywhere; so
/// given sorted collections its answers are deterministic.
final class LibraryAssignor implements ConsumerAssignor {
    private final PartitionAssignor library;
    private final RackPreference.Unit unit;

    LibraryAssignor(PartitionAssignor library, RackPreference.Unit unit) {
        this.library = library;
        this.unit = unit;
    }

    @Override
    public String name() {
        return library.name();
    }

    @Override
    public Map<String, Map<Uuid, Set<Integer>>> assign(
            Map<String, Subscriber> members, TopicsImage topics, ClusterImage cluster) {
        SortedMap<String, Subscriber> sorted = sorted(members, topics);
        var racks = new ReplicaRacks(topics, cluster);
        var answer = library.assign(new Question(sorted), racks);
        var target = new TreeMap<String, Map<Uuid, Set<Integer>>>();
        sorted.keySet().forEach(id -> target.put(id, new TreeMap<>()));
        answer.members().forEach((id, assigned) -> target.put(id, sorted(assigned.partitions())));
        return RackPreference.exchange(sorted, target, racks, unit);
    }

    private static SortedMap<String, Subscriber> sorted(
            Map<String, Subscriber> members, TopicsImage topics) {
        var sorted = new TreeMap<String, Subscriber>();
        members.forEach((id, member) -> {
            var wanted = new TreeSet<>(member.topics());
            wanted.removeIf(topic -> topics.byId(topic) == null);
            sorted.put(
                    id,
                    new Subscriber(
                            member.rack(),
                            member.instanceId(),
                            Collections.unmodifiableSet(wanted),
                            // The library copies only maps of exactly this class before it changes
                            // them.
                            Collections.unmodifiableMap(sorted(member.owned()))));
        });
        return sorted;
    }

    private static Map<Uuid, Set<Integer>> sorted(Map<Uuid, Set<Integer>> partitions) {
        var sorted = new TreeMap<Uuid, Set<Integer>>();
        partitions.forEach((topic, indexes) -> sorted.put(topic, new TreeSet<>(indexes)));
        return sorted;
    }

    /// The group, as the library asks for it.
    private record Question(SortedMap<String, Subscriber> members, Map<Uuid, Set<Integer>> assigned)
            implements GroupSpec {
        Question(SortedMap<String, Subscriber> members) {
            this(members, new TreeMap<>());
            for (Subscriber member : members.values()) {
                member.owned()
                        .forEach((topic, partitions) ->
                                assigned.computeIfAbsent(topic, _ -> new TreeSet<>())
                                        .addAll(partitions));
            }
        }

        private Subscriber member(String id) {
            return Objects.requireNonNull(members.get(id));
        }

        @Override
        public Collection<String> memberIds() {
            return members.keySet();
        }

        @Override
        public SubscriptionType subscriptionType() {
            long different = members.values().stream().map(Subscriber::topics).distinct().count();
            return different <= 1 ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS;
        }

        @Override
        public boolean isPartitionAssigned(Uuid topic, int partition) {
            return assigned.getOrDefault(topic, Set.of()).contains(partition);
        }

        @Override
        public boolean isPartitionAssignable(Uuid topic, int partition) {
            return true;
        }

        @Override
        public MemberSubscription memberSubscription(String id) {
            return new Subscription(member(id));
        }

        @Override
        public MemberAssignment memberAssignment(String id) {
            return member(id)::owned;
        }
    }

    private record Subscription(Subscriber member) implements MemberSubscription {
        @Override
        public Optional<String> rackId() {
            return member.rack();
        }

        @Override
        public Optional<String> instanceId() {
            return member.instanceId();
        }

        @Override
        public Set<Uuid> subscribedTopicIds() {
            return member.topics();
        }
    }

    /// How many partitions a topic has, and in which racks their replicas are.
    record ReplicaRacks(TopicsImage topics, ClusterImage cluster)
            implements SubscribedTopicDescriber {
        @Override
        public int numPartitions(Uuid id) {
            TopicImage topic = topics.byId(id);
            return topic == null ? -1 : topic.partitions().size();
        }

        @Override
        public Set<String> racksForPartition(Uuid id, int partition) {
            TopicImage topic = topics.byId(id);
            var racks = new TreeSet<String>();
            if (topic != null && partition < topic.partitions().size()) {
                for (int replica : topic.partitions().get(partition).replicas()) {
                    BrokerImage broker = cluster.broker(replica);
                    if (broker != null && broker.rack() != null) {
                        racks.add(broker.rack());
                    }
                }
            }
            return racks;
        }
    }
}
