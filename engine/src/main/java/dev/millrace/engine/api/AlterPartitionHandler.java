package dev.millrace.engine.api;

import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.InSyncDecisions;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// AlterPartition 2-3: a leader asks for another in-sync set (KIP-497). Controllers only.
///
/// - v3 names the broker epoch of each member, so that one that has restarted since does not come in unseen (KIP-903)
/// - what is refused, and with which error: [InSyncDecisions]
final class AlterPartitionHandler
        implements Handler<AlterPartitionRequestData, AlterPartitionResponseData> {
    private final Controller controller;

    AlterPartitionHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALTER_PARTITION;
    }

    @Override
    public Outcome<AlterPartitionResponseData> handle(
            RequestContext context, AlterPartitionRequestData request) {
        var asked = request.duplicate();
        return Refusals.outcome(
                controller.submit(image -> InSyncDecisions.alter(image, asked)),
                error -> new AlterPartitionResponseData().setErrorCode(error.error().code()));
    }
}
