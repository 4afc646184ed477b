package dev.millrace.engine.api;

import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Decision;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionDecisions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// CreatePartitions 0-3: more partitions for topics that exist.
///
/// - a topic that comes twice in one request is refused, once
/// - a request that asks for more than 10,000 new partitions is refused as a whole
/// - **not done**: the controller mutation quota (KIP-599)
public final class CreatePartitionsHandler
        implements Handler<CreatePartitionsRequestData, CreatePartitionsResponseData> {
    private final Controller controller;

    public CreatePartitionsHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CREATE_PARTITIONS;
    }

    @Override
    public Outcome<CreatePartitionsResponseData> handle(
            RequestContext context, CreatePartitionsRequestData request) {
        var asked = request.duplicate();
        return Refusals.outcome(
                controller.submit(request.timeoutMs(), image -> decide(image, asked)),
                error -> {
                    var response = new CreatePartitionsResponseData();
                    for (CreatePartitionsTopic topic : asked.topics()) {
                        response.results().add(result(topic.name(), error));
                    }
                    return response;
                });
    }

    private static Decision<CreatePartitionsResponseData> decide(
            MetadataImage image, CreatePartitionsRequestData request) {
        var response = new CreatePartitionsResponseData();
        List<ApiMessageAndVersion> records = new ArrayList<>();
        Set<String> twice = twice(request);
        for (String name : twice) {
            response.results()
                    .add(
                            result(
                                    name,
                                    new ApiError(Errors.INVALID_REQUEST, "Duplicate topic name.")));
        }
        List<CreatePartitionsTopic> once =
                request.topics().stream().filter(topic -> !twice.contains(topic.name())).toList();
        PartitionDecisions.checkAdded(image, once);
        for (CreatePartitionsTopic topic : once) {
            ApiError error = ApiError.NONE;
            try {
                records.addAll(PartitionDecisions.add(image, topic));
            } catch (ApiException refusal) {
                error = ApiError.fromThrowable(refusal);
            }
            response.results().add(result(topic.name(), error));
        }
        return new Decision<>(request.validateOnly() ? List.of() : records, response);
    }

    private static Set<String> twice(CreatePartitionsRequestData request) {
        var names = new HashSet<String>();
        var twice = new TreeSet<String>();
        for (CreatePartitionsTopic topic : request.topics()) {
            if (!names.add(topic.name())) {
                twice.add(topic.name());
            }
        }
        return twice;
    }

    private static CreatePartitionsTopicResult result(String name, ApiError error) {
        @Nullable String message = error.message();
        return new CreatePartitionsTopicResult()
                .setName(name)
                .setErrorCode(error.error().code())
                .setErrorMessage(message);
    }
}
