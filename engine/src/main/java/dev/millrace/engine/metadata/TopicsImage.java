package dev.millrace.engine.metadata;

import java.util.Collection;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;
import org.pcollections.PVector;
import org.pcollections.TreePMap;
import org.pcollections.TreePVector;

/// All topics, by name and by id. Both maps are persistent: a change costs that change, not the number of topics.
public final class TopicsImage {
    static final TopicsImage EMPTY =
            new TopicsImage(TreePMap.empty(), HashTreePMap.empty(), TreePMap.empty());

    private final TreePMap<String, TopicImage> byName;
    private final HashPMap<Uuid, String> names;

    /// Topics by the name that metrics use, in which '.' and '_' are the same; how often each is taken.
    private final TreePMap<String, Integer> collisionNames;

    private TopicsImage(
            TreePMap<String, TopicImage> byName,
            HashPMap<Uuid, String> names,
            TreePMap<String, Integer> collisionNames) {
        this.byName = byName;
        this.names = names;
        this.collisionNames = collisionNames;
    }

    public @Nullable TopicImage byName(String name) {
        return byName.get(name);
    }

    public @Nullable TopicImage byId(Uuid id) {
        @Nullable String name = names.get(id);
        return name == null ? null : byName.get(name);
    }

    public Collection<TopicImage> inNameOrder() {
        return byName.values();
    }

    /// The topics from this name on (inclusive), in name order.
    public Collection<TopicImage> fromName(String name) {
        return byName.tailMap(name, true).values();
    }

    public int size() {
        return byName.size();
    }

    /// The topic whose name differs from this one only in '.' for '_', or null.
    public @Nullable TopicImage colliding(String name) {
        String flat = flat(name);
        if (!collisionNames.containsKey(flat)) {
            return null;
        }
        // Rare enough (only when a name with a '.' or '_' is created) that looking through all
        // topics is right.
        for (TopicImage topic : byName.values()) {
            if (!topic.name().equals(name) && flat(topic.name()).equals(flat)) {
                return topic;
            }
        }
        return null;
    }

    private static String flat(String name) {
        return name.replace('.', '_');
    }

    TopicsImage with(String name, Uuid id) {
        String flat = flat(name);
        return new TopicsImage(
                byName.plus(name, new TopicImage(name, id, TreePVector.empty())),
                names.plus(id, name),
                collisionNames.plus(flat, collisionNames.getOrDefault(flat, 0) + 1));
    }

    /// Adds the partition after the last, or replaces one.
    TopicsImage with(TopicImage topic, int partition, PartitionImage image) {
        TreePVector<PartitionImage> old = TreePVector.from(topic.partitions());
        PVector<PartitionImage> partitions =
                partition == old.size() ? old.plus(image) : old.with(partition, image);
        return new TopicsImage(
                byName.plus(topic.name(), new TopicImage(topic.name(), topic.id(), partitions)),
                names,
                collisionNames);
    }

    TopicsImage without(TopicImage topic) {
        String flat = flat(topic.name());
        int left = collisionNames.getOrDefault(flat, 1) - 1;
        return new TopicsImage(
                byName.minus(topic.name()),
                names.minus(topic.id()),
                left == 0 ? collisionNames.minus(flat) : collisionNames.plus(flat, left));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TopicsImage that
                && byName.equals(that.byName)
                && names.equals(that.names);
    }

    @Override
    public int hashCode() {
        return byName.hashCode();
    }

    @Override
    public String toString() {
        return "TopicsImage" + byName.values();
    }
}
