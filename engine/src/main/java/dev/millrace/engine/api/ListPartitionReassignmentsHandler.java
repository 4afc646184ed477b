package dev.millrace.engine.api;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.ReassignmentDecisions;
import dev.millrace.engine.metadata.TopicImage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData.OngoingPartitionReassignment;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData.OngoingTopicReassignment;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/// ListPartitionReassignments 0: partitions whose replicas are being moved, of all topics or of those named. Topics and
/// partitions that do not exist are left out, as in Kafka.
///
/// The active controller answers, wherever it is asked: who has begun a move there and does not find it here would take it for done.
public final class ListPartitionReassignmentsHandler
        implements Handler<
                ListPartitionReassignmentsRequestData, ListPartitionReassignmentsResponseData> {
    private final Supplier<MetadataImage> image;

    public ListPartitionReassignmentsHandler(Supplier<MetadataImage> image) {
        this.image = image;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LIST_PARTITION_REASSIGNMENTS;
    }

    @Override
    public Outcome<ListPartitionReassignmentsResponseData> handle(
            RequestContext context, ListPartitionReassignmentsRequestData request) {
        var topics = image.get().topics();
        var response = new ListPartitionReassignmentsResponseData().setErrorMessage(null);
        if (request.topics() == null) {
            for (TopicImage topic : topics.inNameOrder()) {
                var moving = new OngoingTopicReassignment().setName(topic.name());
                for (int i = 0; i < topic.partitions().size(); i++) {
                    add(moving, topic, i);
                }
                add(response, moving);
            }
        } else {
            for (var asked : request.topics()) {
                @Nullable TopicImage topic = topics.byName(asked.name());
                if (topic != null) {
                    var moving = new OngoingTopicReassignment().setName(topic.name());
                    asked.partitionIndexes().forEach(i -> add(moving, topic, i));
                    add(response, moving);
                }
            }
        }
        return Outcome.reply(response);
    }

    private static void add(
            ListPartitionReassignmentsResponseData response, OngoingTopicReassignment moving) {
        if (!moving.partitions().isEmpty()) {
            response.topics().add(moving);
        }
    }

    private static void add(OngoingTopicReassignment moving, TopicImage topic, int index) {
        if (index < 0 || index >= topic.partitions().size()) {
            return;
        }
        PartitionImage partition = topic.partitions().get(index);
        if (ReassignmentDecisions.moving(partition)) {
            moving.partitions()
                    .add(
                            new OngoingPartitionReassignment()
                                    .setPartitionIndex(index)
                                    .setReplicas(partition.replicas())
                                    .setAddingReplicas(partition.adding())
                                    .setRemovingReplicas(partition.removing()));
        }
    }
}
