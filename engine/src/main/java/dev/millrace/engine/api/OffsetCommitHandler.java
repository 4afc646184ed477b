package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// OffsetCommit: keeps how far a group has come.
///
/// - v2 to 4 name a retention time, v6 adds the leader epoch, v7 the static member id, v9 can hear of unknown groups,
///   v10 names topics by id
/// - partitions that do not exist are answered here, the others by the group's coordinator
public final class OffsetCommitHandler
        implements Handler<OffsetCommitRequestData, OffsetCommitResponseData> {
    private static final int TOPIC_IDS_SINCE = 10;

    private final Groups groups;
    private final Supplier<MetadataImage> metadata;

    public OffsetCommitHandler(Groups groups, Supplier<MetadataImage> metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.OFFSET_COMMIT;
    }

    @Override
    public Outcome<OffsetCommitResponseData> handle(
            RequestContext context, OffsetCommitRequestData request) {
        var topics =
                CommittedTopics.of(request, metadata.get(), context.version() >= TOPIC_IDS_SINCE);
        return topics.existing().isEmpty()
                ? Outcome.reply(topics.refused())
                : Outcome.when(
                        groups.commit(Callers.of(context), topics.only(request))
                                .thenApply(topics::merge));
    }
}
