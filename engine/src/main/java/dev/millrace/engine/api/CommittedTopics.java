package dev.millrace.engine.api;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// The topics of a commit of offsets: those that exist are for the group's coordinator, the others are answered at once.
///
/// @param byId whether the request, and its answer, name topics by their ids
/// @param existing with names and ids
/// @param refused the answer for what does not exist
record CommittedTopics(
        boolean byId, List<OffsetCommitRequestTopic> existing, OffsetCommitResponseData refused) {

    static CommittedTopics of(OffsetCommitRequestData request, MetadataImage image, boolean byId) {
        var refused = new OffsetCommitResponseData();
        var known = new ArrayList<OffsetCommitRequestTopic>();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            TopicImage found =
                    byId
                            ? image.topics().byId(topic.topicId())
                            : image.topics().byName(topic.name());
            var answered =
                    new OffsetCommitResponseTopic()
                            .setName(topic.name())
                            .setTopicId(topic.topicId());
            List<OffsetCommitRequestPartition> existing = existing(topic, found, byId, answered);
            if (!answered.partitions().isEmpty()) {
                refused.topics().add(answered);
            }
            if (found != null && !existing.isEmpty()) {
                known.add(
                        new OffsetCommitRequestTopic()
                                .setName(found.name())
                                .setTopicId(found.id())
                                .setPartitions(existing));
            }
        }
        return new CommittedTopics(byId, known, refused);
    }

    /// The same request for the topics that exist, of which nothing is copied.
    OffsetCommitRequestData only(OffsetCommitRequestData request) {
        return new OffsetCommitRequestData()
                .setGroupId(request.groupId())
                .setGenerationIdOrMemberEpoch(request.generationIdOrMemberEpoch())
                .setMemberId(request.memberId())
                .setGroupInstanceId(request.groupInstanceId())
                .setRetentionTimeMs(request.retentionTimeMs())
                .setTopics(existing);
    }

    /// The partitions that exist; the answers of the others are added.
    private static List<OffsetCommitRequestPartition> existing(
            OffsetCommitRequestTopic topic,
            @Nullable TopicImage image,
            boolean byId,
            OffsetCommitResponseTopic answered) {
        var existing = new ArrayList<OffsetCommitRequestPartition>();
        for (OffsetCommitRequestPartition partition : topic.partitions()) {
            int index = partition.partitionIndex();
            if (image != null && 0 <= index && index < image.partitions().size()) {
                existing.add(partition);
            } else {
                Errors error =
                        byId && image == null
                                ? Errors.UNKNOWN_TOPIC_ID
                                : Errors.UNKNOWN_TOPIC_OR_PARTITION;
                answered.partitions().add(answer(index, error.code()));
            }
        }
        return existing;
    }

    private static OffsetCommitResponsePartition answer(int index, short error) {
        return new OffsetCommitResponsePartition().setPartitionIndex(index).setErrorCode(error);
    }

    /// The whole answer. Partitions of one topic stand together, as far as some of them were refused here.
    OffsetCommitResponseData merge(OffsetCommitResponseData committed) {
        if (refused.topics().isEmpty()) {
            return committed;
        }
        Map<Object, OffsetCommitResponseTopic> byKey = new HashMap<>();
        for (OffsetCommitResponseTopic topic : refused.topics()) {
            byKey.putIfAbsent(key(topic.name(), topic.topicId(), byId), topic);
        }
        for (OffsetCommitResponseTopic topic : committed.topics()) {
            var answered = byKey.putIfAbsent(key(topic.name(), topic.topicId(), byId), topic);
            if (answered == null) {
                refused.topics().add(topic);
            } else {
                answered.partitions().addAll(topic.partitions());
            }
        }
        return refused;
    }

    private static Object key(String name, Uuid id, boolean byId) {
        return byId ? id : name;
    }
}
