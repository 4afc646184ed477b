package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// OffsetCommit: keeps how far a group has come.
///
/// - v2 to 4 name a retention time, v6 adds the leader epoch, v7 the static member id, v9 can hear of unknown groups,
///   v10 names topics by id
/// - partitions that do not exist are answered here, the others by the group's coordinator
public final class OffsetCommitHandler
        implements Handler<OffsetCommitRequestData, OffsetCommitResponseData> {
    private static final int TOPIC_IDS_SINCE = 10;

    private final Groups groups;
    private final Supplier<MetadataImage> metadata;

    public OffsetCommitHandler(Groups groups, Supplier<MetadataImage> metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.OFFSET_COMMIT;
    }

    @Override
    public Outcome<OffsetCommitResponseData> handle(
            RequestContext context, OffsetCommitRequestData request) {
        boolean byId = context.version() >= TOPIC_IDS_SINCE;
        var refused = new OffsetCommitResponseData();
        var known = new ArrayList<OffsetCommitRequestTopic>();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            TopicImage image = find(topic, byId);
            var answered =
                    new OffsetCommitResponseTopic()
                            .setName(topic.name())
                            .setTopicId(topic.topicId());
            List<OffsetCommitRequestPartition> existing = existing(topic, image, byId, answered);
            if (!answered.partitions().isEmpty()) {
                refused.topics().add(answered);
            }
            if (image != null && !existing.isEmpty()) {
                known.add(
                        new OffsetCommitRequestTopic()
                                .setName(image.name())
                                .setTopicId(image.id())
                                .setPartitions(existing));
            }
        }
        if (known.isEmpty()) {
            return Outcome.reply(refused);
        }
        return Outcome.when(
                groups.commit(Callers.of(context), withTopics(request, known))
                        .thenApply(committed -> merge(refused, committed, byId)));
    }

    /// The same request for other topics, of which nothing is copied.
    static OffsetCommitRequestData withTopics(
            OffsetCommitRequestData request, List<OffsetCommitRequestTopic> topics) {
        return new OffsetCommitRequestData()
                .setGroupId(request.groupId())
                .setGenerationIdOrMemberEpoch(request.generationIdOrMemberEpoch())
                .setMemberId(request.memberId())
                .setGroupInstanceId(request.groupInstanceId())
                .setRetentionTimeMs(request.retentionTimeMs())
                .setTopics(topics);
    }

    private @Nullable TopicImage find(OffsetCommitRequestTopic topic, boolean byId) {
        var topics = metadata.get().topics();
        return byId ? topics.byId(topic.topicId()) : topics.byName(topic.name());
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

    /// Partitions of one topic stand together, as far as some of them were refused here.
    private static OffsetCommitResponseData merge(
            OffsetCommitResponseData refused, OffsetCommitResponseData committed, boolean byId) {
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
