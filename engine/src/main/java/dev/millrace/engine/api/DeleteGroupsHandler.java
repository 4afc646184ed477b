package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import java.util.LinkedHashSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResultCollection;
import org.apache.kafka.common.protocol.ApiKeys;

/// DeleteGroups: groups without members, with their offsets (KIP-229).
///
/// - a group named twice is answered once
public final class DeleteGroupsHandler
        implements Handler<DeleteGroupsRequestData, DeleteGroupsResponseData> {
    private final Groups groups;

    public DeleteGroupsHandler(Groups groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DELETE_GROUPS;
    }

    @Override
    public Outcome<DeleteGroupsResponseData> handle(
            RequestContext context, DeleteGroupsRequestData request) {
        CompletionStage<DeleteGroupsResponseData> all =
                CompletableFuture.completedFuture(
                        new DeleteGroupsResponseData()
                                .setResults(
                                        new DeletableGroupResultCollection(
                                                request.groupsNames().size() + 1)));
        for (String id : new LinkedHashSet<>(request.groupsNames())) {
            all =
                    all.thenCombine(
                            groups.delete(id),
                            (response, result) -> {
                                response.results().add(result);
                                return response;
                            });
        }
        return Outcome.when(all);
    }
}
