package dev.millrace.engine.api;

import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Decision;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.ReassignmentDecisions;
import java.util.ArrayList;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignablePartitionResponse;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignableTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// AlterPartitionReassignments 0-1: moves partitions, or cancels their move (KIP-455).
///
/// - v1 can refuse a change of the number of replicas (KIP-860)
public final class AlterPartitionReassignmentsHandler
        implements Handler<
                AlterPartitionReassignmentsRequestData, AlterPartitionReassignmentsResponseData> {
    private final Controller controller;

    public AlterPartitionReassignmentsHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALTER_PARTITION_REASSIGNMENTS;
    }

    @Override
    public Outcome<AlterPartitionReassignmentsResponseData> handle(
            RequestContext context, AlterPartitionReassignmentsRequestData request) {
        var asked = request.duplicate();
        return Refusals.outcome(
                controller.submit(request.timeoutMs(), image -> decide(image, asked)),
                error ->
                        new AlterPartitionReassignmentsResponseData()
                                .setErrorCode(error.error().code())
                                .setErrorMessage(error.messageWithFallback()));
    }

    private static Decision<AlterPartitionReassignmentsResponseData> decide(
            MetadataImage image, AlterPartitionReassignmentsRequestData request) {
        var records = new ArrayList<ApiMessageAndVersion>();
        var response =
                new AlterPartitionReassignmentsResponseData()
                        .setAllowReplicationFactorChange(request.allowReplicationFactorChange())
                        .setErrorMessage(null);
        for (var topic : request.topics()) {
            var results = new ReassignableTopicResponse().setName(topic.name());
            for (var partition : topic.partitions()) {
                ApiError error =
                        ReassignmentDecisions.alter(
                                image,
                                topic.name(),
                                partition,
                                request.allowReplicationFactorChange(),
                                records);
                @Nullable String message = error.message();
                results.partitions()
                        .add(
                                new ReassignablePartitionResponse()
                                        .setPartitionIndex(partition.partitionIndex())
                                        .setErrorCode(error.error().code())
                                        .setErrorMessage(message));
            }
            response.responses().add(results);
        }
        return new Decision<>(records, response);
    }
}
