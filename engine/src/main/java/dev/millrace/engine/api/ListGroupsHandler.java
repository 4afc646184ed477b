package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// ListGroups: the groups that this broker coordinates; an administrator asks every broker.
///
/// - v4 filters by state (KIP-518), v5 by type (KIP-848); names in any case
public final class ListGroupsHandler
        implements Handler<ListGroupsRequestData, ListGroupsResponseData> {
    private final Groups groups;

    public ListGroupsHandler(Groups groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LIST_GROUPS;
    }

    @Override
    public Outcome<ListGroupsResponseData> handle(
            RequestContext context, ListGroupsRequestData request) {
        return Outcome.when(groups.list(request));
    }
}
