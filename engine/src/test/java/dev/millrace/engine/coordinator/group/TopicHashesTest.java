package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataDelta;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.group.Utils;
import org.junit.jupiter.api.Test;

/// Our hash of a group's topics is Kafka's: its own class computes the same.
class TopicHashesTest {
    private final TestMetadata metadata = new TestMetadata(true);

    TopicHashesTest() {
        metadata.broker(1, false, "b").broker(2, false, "a").broker(3, false);
        metadata.topic("t", List.of(List.of(1, 2), List.of(2, 3), List.of(3)));
        metadata.topic("u", 1, 1);
    }

    private long ours(String... topics) {
        return new TopicHashes().of(new TreeSet<>(Set.of(topics)), metadata.image());
    }

    /// @param topics that exist
    private long kafkas(String... topics) {
        Map<String, Long> hashes = new HashMap<>();
        for (String topic : topics) {
            hashes.put(topic, Utils.computeTopicHash(topic, new KafkasView()));
        }
        return Utils.computeGroupHash(hashes);
    }

    @Test
    void isKafkas() {
        assertEquals(kafkas("t"), ours("t"));
        assertEquals(kafkas("t", "u"), ours("u", "t"));
    }

    @Test
    void topicsThatDoNotExistDoNotCount() {
        assertEquals(kafkas("u"), ours("u", "nosuch"));
        assertEquals(0, ours("nosuch"));
    }

    @Test
    void aRememberedTopicIsHashedAnewWhenItChanges() {
        var hashes = new TopicHashes();
        var names = new TreeSet<>(Set.of("u"));
        long before = hashes.of(names, metadata.image());
        assertEquals(before, hashes.of(names, metadata.image()));
        metadata.removeTopic(Objects.requireNonNull(metadata.image().topics().byName("u")).id());
        metadata.topic("u", 2, 1);
        assertNotEquals(before, hashes.of(names, metadata.image()));
        assertEquals(kafkas("u"), hashes.of(names, metadata.image()));
    }

    /// Our image as Kafka's coordinator would see it: as much of it as its hash asks for.
    private final class KafkasView implements CoordinatorMetadataImage {
        @Override
        public Optional<TopicMetadata> topicMetadata(String name) {
            return Optional.ofNullable(metadata.image().topics().byName(name)).map(Topic::new);
        }

        @Override
        public Optional<TopicMetadata> topicMetadata(Uuid id) {
            throw new AssertionError("not asked for");
        }

        @Override
        public Set<Uuid> topicIds() {
            throw new AssertionError("not asked for");
        }

        @Override
        public Set<String> topicNames() {
            throw new AssertionError("not asked for");
        }

        @Override
        public CoordinatorMetadataDelta emptyDelta() {
            throw new AssertionError("not asked for");
        }

        @Override
        public long version() {
            return metadata.image().offset();
        }

        @Override
        public boolean isEmpty() {
            return false;
        }
    }

    private final class Topic implements CoordinatorMetadataImage.TopicMetadata {
        private final TopicImage image;

        Topic(TopicImage image) {
            this.image = image;
        }

        @Override
        public String name() {
            return image.name();
        }

        @Override
        public Uuid id() {
            return image.id();
        }

        @Override
        public int partitionCount() {
            return image.partitions().size();
        }

        @Override
        public List<String> partitionRacks(int partition) {
            var racks = new ArrayList<String>();
            for (int replica : image.partitions().get(partition).replicas()) {
                String rack =
                        Objects.requireNonNull(metadata.image().cluster().broker(replica)).rack();
                if (rack != null) {
                    racks.add(rack);
                }
            }
            return racks;
        }
    }
}
