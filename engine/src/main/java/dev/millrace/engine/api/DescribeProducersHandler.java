package dev.millrace.engine.api;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// DescribeProducers 0: the producers that a replica of a partition remembers (KIP-664).
///
/// - asked of any replica, as it stands there; a broker that has none says `NOT_LEADER_OR_FOLLOWER`
/// - **not done**: authorization; every operation is allowed
public final class DescribeProducersHandler
        implements Handler<DescribeProducersRequestData, DescribeProducersResponseData> {
    private final Supplier<MetadataImage> image;
    private final ActiveProducers producers;

    public DescribeProducersHandler(Supplier<MetadataImage> image, ActiveProducers producers) {
        this.image = image;
        this.producers = producers;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_PRODUCERS;
    }

    @Override
    public Outcome<DescribeProducersResponseData> handle(
            RequestContext context, DescribeProducersRequestData request) {
        MetadataImage now = image.get();
        var response = new DescribeProducersResponseData();
        for (TopicRequest asked : request.topics()) {
            var topic = new TopicResponse().setName(asked.name());
            for (int index : asked.partitionIndexes()) {
                topic.partitions().add(partition(now, asked.name(), index));
            }
            response.topics().add(topic);
        }
        return Outcome.reply(response);
    }

    private PartitionResponse partition(MetadataImage now, String name, int index) {
        String invalid = invalid(name);
        if (invalid != null) {
            return failed(index, Errors.INVALID_TOPIC_EXCEPTION, invalid);
        }
        TopicImage topic = now.topics().byName(name);
        Errors unknown = Errors.UNKNOWN_TOPIC_OR_PARTITION;
        if (topic == null) {
            return failed(index, unknown, unknown.message());
        }
        if (index < 0 || topic.partitions().size() <= index) {
            return failed(index, unknown, null);
        }
        return answer(index, producers.of(new TopicPartition(name, index)));
    }

    private static @Nullable String invalid(String name) {
        try {
            Topic.validate(name);
            return null;
        } catch (InvalidTopicException e) {
            return e.getMessage();
        }
    }

    private static PartitionResponse failed(int index, Errors error, @Nullable String message) {
        return new PartitionResponse()
                .setPartitionIndex(index)
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    private static PartitionResponse answer(int index, ActiveProducers.Answer answer) {
        PartitionResponse response = failed(index, answer.error(), null);
        for (ActiveProducers.Producer producer : answer.producers()) {
            response.activeProducers()
                    .add(
                            new ProducerState()
                                    .setProducerId(producer.id())
                                    .setProducerEpoch(producer.epoch())
                                    .setLastSequence(producer.lastSequence())
                                    .setLastTimestamp(producer.lastTimestampMs())
                                    .setCoordinatorEpoch(producer.coordinatorEpoch())
                                    .setCurrentTxnStartOffset(producer.transactionStart()));
        }
        return response;
    }
}
