package dev.millrace.engine;

import dev.millrace.engine.coordinator.txn.Marker;
import dev.millrace.engine.coordinator.txn.Markers;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Markers to the leaders of partitions as the metadata names them: appended here where that is this broker, otherwise sent to it
/// ([MarkerBatches]). A partition that the metadata does not know is gone: what was added to a transaction was known then.
final class MarkersToPartitions implements Markers {
    private final int brokerId;
    private final Supplier<MetadataImage> metadata;
    private final Here here;
    private final MarkerBatches batches;

    /// Partitions that this broker leads.
    @FunctionalInterface
    interface Here {
        /// Completes when the marker is committed, or with what is in its way; holding no turn. Called in none.
        CompletionStage<Errors> append(TopicPartition partition, Marker marker);
    }

    MarkersToPartitions(
            int brokerId, Supplier<MetadataImage> metadata, Here here, MarkerBatches batches) {
        this.brokerId = brokerId;
        this.metadata = metadata;
        this.here = here;
        this.batches = batches;
    }

    @Override
    public void send(Marker marker, Collection<TopicPartition> partitions, Answer answer) {
        MetadataImage image = metadata.get();
        Map<Integer, List<TopicPartition>> elsewhere = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            PartitionImage found = find(image, partition);
            if (found == null) {
                answer.tell(partition, Fate.GONE);
            } else if (found.leader() == brokerId) {
                here.append(partition, marker)
                        .whenComplete(
                                (error, _) -> answer.tell(partition, MarkerBatches.fate(error)));
            } else {
                elsewhere.computeIfAbsent(found.leader(), _ -> new ArrayList<>()).add(partition);
            }
        }
        elsewhere.forEach((leader, theirs) -> batches.add(leader, marker, theirs, answer));
    }

    private static @Nullable PartitionImage find(MetadataImage image, TopicPartition partition) {
        TopicImage topic = image.topics().byName(partition.topic());
        int index = partition.partition();
        return topic == null || topic.partitions().size() <= index
                ? null
                : topic.partitions().get(index);
    }
}
