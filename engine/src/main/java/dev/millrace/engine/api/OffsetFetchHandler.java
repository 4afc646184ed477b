package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartition;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopic;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// OffsetFetch: where groups go on reading.
///
/// - v2 can ask for all topics and has an error at the top, v5 adds the leader epoch, v7 `require_stable`,
///   v8 several groups, v9 the member (consumer protocol), v10 topics by id
/// - up to v7 one group stands at the top of the message; inside there is only the form of v8
public final class OffsetFetchHandler
        implements Handler<OffsetFetchRequestData, OffsetFetchResponseData> {
    private static final int GROUP_ERROR_SINCE = 2;
    private static final int MANY_GROUPS_SINCE = 8;
    private static final int TOPIC_IDS_SINCE = 10;

    private final Groups groups;
    private final Supplier<MetadataImage> metadata;

    public OffsetFetchHandler(Groups groups, Supplier<MetadataImage> metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.OFFSET_FETCH;
    }

    @Override
    public Outcome<OffsetFetchResponseData> handle(
            RequestContext context, OffsetFetchRequestData request) {
        if (context.version() < MANY_GROUPS_SINCE) {
            OffsetFetchRequestGroup group = group(request);
            return Outcome.when(
                    groups.fetchOffsets(group, request.requireStable())
                            .thenApply(answer -> alone(answer, group, context.version())));
        }
        CompletionStage<OffsetFetchResponseData> all =
                CompletableFuture.completedFuture(new OffsetFetchResponseData());
        for (OffsetFetchRequestGroup group : request.groups()) {
            all =
                    all.thenCombine(
                            fetch(
                                    group,
                                    request.requireStable(),
                                    context.version() >= TOPIC_IDS_SINCE),
                            (response, answer) -> {
                                response.groups().add(answer);
                                return response;
                            });
        }
        return Outcome.when(all);
    }

    // ---- one group, at the top

    private static OffsetFetchRequestGroup group(OffsetFetchRequestData request) {
        var group = new OffsetFetchRequestGroup().setGroupId(request.groupId());
        List<OffsetFetchRequestTopic> topics = request.topics();
        if (topics == null) {
            return group.setTopics(null);
        }
        for (OffsetFetchRequestTopic topic : topics) {
            group.topics()
                    .add(
                            new OffsetFetchRequestTopics()
                                    .setName(topic.name())
                                    .setPartitionIndexes(topic.partitionIndexes()));
        }
        return group;
    }

    private static OffsetFetchResponseData alone(
            OffsetFetchResponseGroup group, OffsetFetchRequestGroup request, short version) {
        var response = new OffsetFetchResponseData().setErrorCode(group.errorCode());
        boolean everywhere = version < GROUP_ERROR_SINCE && group.errorCode() != 0;
        var topics =
                everywhere ? failed(request, Errors.forCode(group.errorCode())) : group.topics();
        for (OffsetFetchResponseTopics topic : topics) {
            var answered = new OffsetFetchResponseTopic().setName(topic.name());
            for (OffsetFetchResponsePartitions partition : topic.partitions()) {
                answered.partitions()
                        .add(
                                new OffsetFetchResponsePartition()
                                        .setPartitionIndex(partition.partitionIndex())
                                        .setCommittedOffset(partition.committedOffset())
                                        .setCommittedLeaderEpoch(partition.committedLeaderEpoch())
                                        .setMetadata(partition.metadata())
                                        .setErrorCode(partition.errorCode()));
            }
            response.topics().add(answered);
        }
        return response;
    }

    /// Version 1 has no place for an error of the group: each partition gets it.
    private static List<OffsetFetchResponseTopics> failed(
            OffsetFetchRequestGroup request, Errors error) {
        var topics = new ArrayList<OffsetFetchResponseTopics>();
        for (OffsetFetchRequestTopics topic : request.topics()) {
            topics.add(failed(topic, error));
        }
        return topics;
    }

    private static OffsetFetchResponseTopics failed(OffsetFetchRequestTopics topic, Errors error) {
        var answered =
                new OffsetFetchResponseTopics().setName(topic.name()).setTopicId(topic.topicId());
        for (int index : topic.partitionIndexes()) {
            answered.partitions()
                    .add(
                            new OffsetFetchResponsePartitions()
                                    .setPartitionIndex(index)
                                    .setCommittedOffset(-1)
                                    .setCommittedLeaderEpoch(-1)
                                    .setMetadata("")
                                    .setErrorCode(error.code()));
        }
        return answered;
    }

    // ---- one of several groups

    private CompletionStage<OffsetFetchResponseGroup> fetch(
            OffsetFetchRequestGroup group, boolean stable, boolean byId) {
        if (!byId) {
            return groups.fetchOffsets(group, stable);
        }
        List<OffsetFetchRequestTopics> topics = group.topics();
        if (topics == null) {
            return groups.fetchOffsets(group, stable).thenApply(this::withIds);
        }
        var known = new ArrayList<OffsetFetchRequestTopics>();
        var unknown = new ArrayList<OffsetFetchResponseTopics>();
        for (OffsetFetchRequestTopics topic : topics) {
            TopicImage image = metadata.get().topics().byId(topic.topicId());
            if (image == null) {
                unknown.add(failed(topic, Errors.UNKNOWN_TOPIC_ID));
            } else {
                known.add(topic.duplicate().setName(image.name()));
            }
        }
        return groups.fetchOffsets(group.duplicate().setTopics(known), stable)
                .thenApply(answer -> {
                    if (answer.errorCode() == Errors.NONE.code()) {
                        answer.topics().addAll(unknown);
                    }
                    return answer;
                });
    }

    /// Offsets of topics that exist no longer have no id to name them by: they are left out, as in Kafka.
    private OffsetFetchResponseGroup withIds(OffsetFetchResponseGroup answer) {
        var named = new ArrayList<OffsetFetchResponseTopics>();
        for (OffsetFetchResponseTopics topic : answer.topics()) {
            @Nullable TopicImage image = metadata.get().topics().byName(topic.name());
            if (image != null) {
                named.add(topic.setTopicId(image.id()));
            }
        }
        return answer.setTopics(named);
    }
}
