package dev.millrace.engine.api;

import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Decision;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionDecisions;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.ElectLeadersResponseData.PartitionResult;
import org.apache.kafka.common.message.ElectLeadersResponseData.ReplicaElectionResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// ElectLeaders 0-2: the preferred replica, or any replica where there is no leader (unclean, KIP-460).
///
/// - without partitions all are tried, and those that need no election are left out of the answer
public final class ElectLeadersHandler
        implements Handler<ElectLeadersRequestData, ElectLeadersResponseData> {
    private static final int TOP_ERROR_SINCE = 1;

    private final Controller controller;

    public ElectLeadersHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ELECT_LEADERS;
    }

    @Override
    public Outcome<ElectLeadersResponseData> handle(
            RequestContext context, ElectLeadersRequestData request) {
        if (request.electionType() != ElectionType.PREFERRED.value
                && request.electionType() != ElectionType.UNCLEAN.value) {
            return Outcome.reply(
                    new ElectLeadersResponseData().setErrorCode(Errors.INVALID_REQUEST.code()));
        }
        var type = ElectionType.valueOf(request.electionType());
        var asked = request.duplicate();
        return Refusals.outcome(
                controller.submit(request.timeoutMs(), image -> decide(image, asked, type)),
                error -> refusal(context, asked, error));
    }

    /// As Kafka does: at each partition that was named and, where the version has room for it, at the top.
    private static ElectLeadersResponseData refusal(
            RequestContext context, ElectLeadersRequestData request, ApiError error) {
        var response = new ElectLeadersResponseData();
        if (context.version() >= TOP_ERROR_SINCE) {
            response.setErrorCode(error.error().code());
        }
        if (request.topicPartitions() != null) {
            for (var topic : request.topicPartitions()) {
                add(
                        response,
                        topic.topic(),
                        topic.partitions().stream()
                                .map(partition -> result(partition, error))
                                .toList());
            }
        }
        return response;
    }

    private static Decision<ElectLeadersResponseData> decide(
            MetadataImage image, ElectLeadersRequestData request, ElectionType type) {
        var records = new ArrayList<ApiMessageAndVersion>();
        var response = new ElectLeadersResponseData();
        if (request.topicPartitions() == null) {
            for (TopicImage topic : image.topics().inNameOrder()) {
                var results = new ArrayList<PartitionResult>();
                for (int partition = 0; partition < topic.partitions().size(); partition++) {
                    ApiError error =
                            PartitionDecisions.elect(image, topic.name(), partition, type, records);
                    if (error.error() != Errors.ELECTION_NOT_NEEDED) {
                        results.add(result(partition, error));
                    }
                }
                add(response, topic.name(), results);
            }
        } else {
            for (var topic : request.topicPartitions()) {
                var results = new ArrayList<PartitionResult>();
                for (int partition : topic.partitions()) {
                    results.add(
                            result(
                                    partition,
                                    PartitionDecisions.elect(
                                            image, topic.topic(), partition, type, records)));
                }
                add(response, topic.topic(), results);
            }
        }
        return new Decision<>(records, response);
    }

    private static void add(
            ElectLeadersResponseData response, String topic, List<PartitionResult> results) {
        response.replicaElectionResults()
                .add(new ReplicaElectionResult().setTopic(topic).setPartitionResult(results));
    }

    private static PartitionResult result(int partition, ApiError error) {
        @Nullable String message = error.isFailure() ? error.messageWithFallback() : null;
        return new PartitionResult()
                .setPartitionId(partition)
                .setErrorCode(error.error().code())
                .setErrorMessage(message);
    }
}
