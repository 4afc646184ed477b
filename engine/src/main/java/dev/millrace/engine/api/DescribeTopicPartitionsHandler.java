package dev.millrace.engine.api;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopicCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// DescribeTopicPartitions 0: topics page by page, with the eligible leader replicas (KIP-966).
///
/// - no names: all topics; otherwise the named ones, each once; always in the order of names
/// - a page ends after as many partitions as the request and `max.request.partition.size.limit` allow, but never before one;
///   the cursor names the first partition of the next page
/// - a cursor among named topics must name one of them; among all topics it may name one that has been deleted meanwhile
/// - a partition whose leader cannot be reached has none, without an error
/// - **other than Kafka**: a name that no topic can have is `INVALID_TOPIC_EXCEPTION` for that name, where Kafka 4.4 fails the
///   whole request with `UNKNOWN_SERVER_ERROR`
/// - **not done**: authorization; every operation is allowed
public final class DescribeTopicPartitionsHandler
        implements Handler<
                DescribeTopicPartitionsRequestData, DescribeTopicPartitionsResponseData> {
    private final Supplier<MetadataImage> image;
    private final IntSupplier mostPartitions;

    /// @param mostPartitions `max.request.partition.size.limit`
    public DescribeTopicPartitionsHandler(
            Supplier<MetadataImage> image, IntSupplier mostPartitions) {
        this.image = image;
        this.mostPartitions = mostPartitions;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_TOPIC_PARTITIONS;
    }

    @Override
    public Outcome<DescribeTopicPartitionsResponseData> handle(
            RequestContext context, DescribeTopicPartitionsRequestData request) {
        MetadataImage now = image.get();
        SortedSet<String> names = new TreeSet<>();
        request.topics().forEach(topic -> names.add(topic.name()));
        var cursor = request.cursor();
        boolean valid =
                cursor == null
                        || (cursor.partitionIndex() >= 0
                                && (names.isEmpty() || names.contains(cursor.topicName())));
        if (!valid) {
            return Outcome.reply(refusal(request));
        }
        int limit = Math.clamp(request.responsePartitionLimit(), 1, mostPartitions.getAsInt());
        var page =
                new Page(
                        names.size(), limit, new Reachability(now.cluster(), context.connection()));
        String from = cursor == null ? "" : cursor.topicName();
        int firstPartition = cursor == null ? 0 : cursor.partitionIndex();
        if (names.isEmpty()) {
            page.all(now.topics().fromName(from), from, firstPartition);
        } else {
            page.named(names.tailSet(from), now.topics(), from, firstPartition);
        }
        return Outcome.reply(page.response);
    }

    private static DescribeTopicPartitionsResponseData refusal(
            DescribeTopicPartitionsRequestData request) {
        DescribeTopicPartitionsResponseData response = withRoom(request.topics().size());
        for (TopicRequest topic : request.topics()) {
            response.topics().add(failed(Errors.INVALID_REQUEST, topic.name()));
        }
        return response;
    }

    private static DescribeTopicPartitionsResponseData withRoom(int topics) {
        return new DescribeTopicPartitionsResponseData()
                .setTopics(new DescribeTopicPartitionsResponseTopicCollection(topics + 1));
    }

    private static DescribeTopicPartitionsResponseTopic failed(Errors error, String name) {
        return new DescribeTopicPartitionsResponseTopic()
                .setErrorCode(error.code())
                .setName(name)
                .setIsInternal(Topic.isInternal(name));
    }

    /// One page while it is filled.
    private static final class Page {
        private final DescribeTopicPartitionsResponseData response;
        private final Reachability reach;
        private int room;

        /// @param topics how many are named
        Page(int topics, int room, Reachability reach) {
            this.response = withRoom(topics);
            this.room = room;
            this.reach = reach;
        }

        void all(Collection<TopicImage> topics, String cursorTopic, int cursorPartition) {
            for (TopicImage topic : topics) {
                if (!add(
                        topic.name(),
                        topic,
                        topic.name().equals(cursorTopic) ? cursorPartition : 0)) {
                    return;
                }
            }
        }

        void named(
                Collection<String> names,
                TopicsImage topics,
                String cursorTopic,
                int cursorPartition) {
            for (String name : names) {
                if (!add(
                        name,
                        topics.byName(name),
                        name.equals(cursorTopic) ? cursorPartition : 0)) {
                    return;
                }
            }
        }

        /// Adds what fits of a topic; false when the page ends before its last partition.
        private boolean add(String name, @Nullable TopicImage topic, int first) {
            if (room == 0) {
                response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(first));
                return false;
            }
            if (topic == null) {
                response.topics().add(missing(name));
                return true;
            }
            int size = topic.partitions().size();
            int end = (int) Math.min(size, (long) first + room);
            response.topics().add(found(topic, first, end));
            room -= Math.max(0, end - first);
            if (end < size) {
                response.setNextCursor(
                        new Cursor().setTopicName(topic.name()).setPartitionIndex(end));
                return false;
            }
            return true;
        }

        private static DescribeTopicPartitionsResponseTopic missing(String name) {
            return Topic.isValid(name)
                    ? failed(Errors.UNKNOWN_TOPIC_OR_PARTITION, name)
                            .setTopicAuthorizedOperations(AuthorizedOperations.ALL_ON_TOPIC)
                    : failed(Errors.INVALID_TOPIC_EXCEPTION, name);
        }

        private DescribeTopicPartitionsResponseTopic found(TopicImage topic, int first, int end) {
            var answer =
                    new DescribeTopicPartitionsResponseTopic()
                            .setName(topic.name())
                            .setTopicId(topic.id())
                            .setIsInternal(Topic.isInternal(topic.name()))
                            .setTopicAuthorizedOperations(AuthorizedOperations.ALL_ON_TOPIC);
            for (int index = first; index < end; index++) {
                answer.partitions().add(partition(index, topic.partitions().get(index)));
            }
            return answer;
        }

        private DescribeTopicPartitionsResponsePartition partition(
                int index, PartitionImage partition) {
            return new DescribeTopicPartitionsResponsePartition()
                    .setPartitionIndex(index)
                    .setLeaderId(
                            reach.leads(partition) ? partition.leader() : PartitionImage.NO_LEADER)
                    .setLeaderEpoch(partition.leaderEpoch())
                    .setReplicaNodes(partition.replicas())
                    .setIsrNodes(partition.isr())
                    .setEligibleLeaderReplicas(partition.eligibleLeaders())
                    .setLastKnownElr(partition.lastKnownEligibleLeaders())
                    .setOfflineReplicas(reach.offline(partition));
        }
    }
}
