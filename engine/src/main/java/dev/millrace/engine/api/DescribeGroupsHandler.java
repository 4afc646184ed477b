package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// DescribeGroups: the members of classic groups and what each has been assigned.
///
/// - v3 adds the operations that the asker may do, v4 static members, v6 an error for groups that do not exist
public final class DescribeGroupsHandler
        implements Handler<DescribeGroupsRequestData, DescribeGroupsResponseData> {
    private final Groups groups;

    public DescribeGroupsHandler(Groups groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_GROUPS;
    }

    @Override
    public Outcome<DescribeGroupsResponseData> handle(
            RequestContext context, DescribeGroupsRequestData request) {
        CompletionStage<DescribeGroupsResponseData> all =
                CompletableFuture.completedFuture(new DescribeGroupsResponseData());
        for (String id : request.groups()) {
            all =
                    all.thenCombine(
                            groups.describe(id, context.version()),
                            (response, group) -> {
                                response.groups().add(group);
                                return response;
                            });
        }
        return Outcome.when(
                request.includeAuthorizedOperations()
                        ? all.thenApply(DescribeGroupsHandler::withOperations)
                        : all);
    }

    private static DescribeGroupsResponseData withOperations(DescribeGroupsResponseData response) {
        for (DescribedGroup group : response.groups()) {
            if (group.errorCode() == Errors.NONE.code()) {
                group.setAuthorizedOperations(AuthorizedOperations.ALL_ON_GROUP);
            }
        }
        return response;
    }
}
