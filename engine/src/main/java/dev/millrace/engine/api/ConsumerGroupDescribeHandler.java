package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// ConsumerGroupDescribe: the members of groups of the consumer protocol, what each reads and what it shall read (KIP-848).
///
/// - v1 adds the protocol of each member
/// - a group of another protocol is `GROUP_ID_NOT_FOUND`: clients then ask with DescribeGroups
public final class ConsumerGroupDescribeHandler
        implements Handler<ConsumerGroupDescribeRequestData, ConsumerGroupDescribeResponseData> {
    private final Groups groups;

    public ConsumerGroupDescribeHandler(Groups groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CONSUMER_GROUP_DESCRIBE;
    }

    @Override
    public Outcome<ConsumerGroupDescribeResponseData> handle(
            RequestContext context, ConsumerGroupDescribeRequestData request) {
        CompletionStage<ConsumerGroupDescribeResponseData> all =
                CompletableFuture.completedFuture(new ConsumerGroupDescribeResponseData());
        for (String id : request.groupIds()) {
            all =
                    all.thenCombine(
                            describe(id, request.includeAuthorizedOperations()),
                            (response, group) -> {
                                response.groups().add(group);
                                return response;
                            });
        }
        return Outcome.when(all);
    }

    private CompletionStage<DescribedGroup> describe(String id, boolean withOperations) {
        if (!groups.servesConsumerProtocol()) {
            return CompletableFuture.completedFuture(
                    new DescribedGroup()
                            .setGroupId(id)
                            .setErrorCode(Errors.UNSUPPORTED_VERSION.code()));
        }
        CompletionStage<DescribedGroup> described =
                id.isEmpty()
                        ? CompletableFuture.completedFuture(
                                new DescribedGroup().setErrorCode(Errors.INVALID_GROUP_ID.code()))
                        : groups.describeConsumers(id);
        return withOperations
                ? described.thenApply(ConsumerGroupDescribeHandler::withOperations)
                : described;
    }

    private static DescribedGroup withOperations(DescribedGroup group) {
        return group.errorCode() == Errors.NONE.code()
                ? group.setAuthorizedOperations(AuthorizedOperations.ALL_ON_GROUP)
                : group;
    }
}
