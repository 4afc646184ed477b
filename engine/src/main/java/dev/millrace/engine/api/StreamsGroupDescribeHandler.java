package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// StreamsGroupDescribe 0-1: the members of Kafka Streams applications, their tasks and their topologies (KIP-1071).
///
/// - **not done**: topology descriptions (KIP-1331, v1): there are none, as in Kafka without a plugin for them
public final class StreamsGroupDescribeHandler
        implements Handler<StreamsGroupDescribeRequestData, StreamsGroupDescribeResponseData> {
    private final Groups groups;

    public StreamsGroupDescribeHandler(Groups groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.STREAMS_GROUP_DESCRIBE;
    }

    @Override
    public Outcome<StreamsGroupDescribeResponseData> handle(
            RequestContext context, StreamsGroupDescribeRequestData request) {
        if (!groups.servesStreams()) {
            return new Outcome.Reply<>(unsupported(request));
        }
        Map<String, CompletionStage<DescribedGroup>> asked = new LinkedHashMap<>();
        for (String id : request.groupIds()) {
            asked.computeIfAbsent(id, groups::describeStreams);
        }
        CompletionStage<List<DescribedGroup>> all =
                CompletableFuture.completedFuture(new ArrayList<>());
        for (CompletionStage<DescribedGroup> one : asked.values()) {
            all =
                    all.thenCombine(
                            one,
                            (described, group) -> {
                                described.add(group);
                                return described;
                            });
        }
        return Outcome.when(all.thenApply(described -> answer(request, described)));
    }

    private static StreamsGroupDescribeResponseData unsupported(
            StreamsGroupDescribeRequestData request) {
        var response = new StreamsGroupDescribeResponseData();
        for (String id : request.groupIds()) {
            response.groups()
                    .add(
                            new DescribedGroup()
                                    .setGroupId(id)
                                    .setErrorCode(Errors.UNSUPPORTED_VERSION.code()));
        }
        return response;
    }

    private static StreamsGroupDescribeResponseData answer(
            StreamsGroupDescribeRequestData request, List<DescribedGroup> described) {
        if (request.includeAuthorizedOperations()) {
            for (DescribedGroup group : described) {
                if (group.errorCode() == Errors.NONE.code()) {
                    group.setAuthorizedOperations(AuthorizedOperations.ALL_ON_GROUP);
                }
            }
        }
        return new StreamsGroupDescribeResponseData().setGroups(described);
    }
}
