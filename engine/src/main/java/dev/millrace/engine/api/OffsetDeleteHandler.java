package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// OffsetDelete: takes committed offsets back (KIP-496).
///
/// - not while a member of the group is subscribed to the topic
public final class OffsetDeleteHandler
        implements Handler<OffsetDeleteRequestData, OffsetDeleteResponseData> {
    private final Groups groups;
    private final Supplier<MetadataImage> metadata;

    public OffsetDeleteHandler(Groups groups, Supplier<MetadataImage> metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.OFFSET_DELETE;
    }

    @Override
    public Outcome<OffsetDeleteResponseData> handle(
            RequestContext context, OffsetDeleteRequestData request) {
        var unknown = new OffsetDeleteResponseData();
        var known = new OffsetDeleteRequestTopicCollection();
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            TopicImage image = metadata.get().topics().byName(topic.name());
            int partitions = image == null ? 0 : image.partitions().size();
            var existing = new OffsetDeleteRequestTopic().setName(topic.name());
            var answered = new OffsetDeleteResponseTopic().setName(topic.name());
            for (OffsetDeleteRequestPartition partition : topic.partitions()) {
                int index = partition.partitionIndex();
                if (0 <= index && index < partitions) {
                    existing.partitions().add(partition);
                } else {
                    answered.partitions()
                            .add(
                                    new OffsetDeleteResponsePartition()
                                            .setPartitionIndex(index)
                                            .setErrorCode(
                                                    Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
                }
            }
            unknown.topics().add(answered);
            if (!existing.partitions().isEmpty()) {
                known.add(existing);
            }
        }
        var rest = new OffsetDeleteRequestData().setGroupId(request.groupId()).setTopics(known);
        return Outcome.when(
                groups.deleteOffsets(rest).thenApply(deleted -> merge(unknown, deleted)));
    }

    private static OffsetDeleteResponseData merge(
            OffsetDeleteResponseData unknown, OffsetDeleteResponseData deleted) {
        if (deleted.errorCode() != Errors.NONE.code()) {
            return deleted;
        }
        for (OffsetDeleteResponseTopic topic : deleted.topics()) {
            var answered = unknown.topics().find(topic.name());
            for (OffsetDeleteResponsePartition partition : topic.partitions()) {
                answered.partitions().add(partition.duplicate());
            }
        }
        return unknown;
    }
}
