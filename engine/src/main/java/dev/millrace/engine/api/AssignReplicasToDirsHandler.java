package dev.millrace.engine.api;

import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.DirectoryDecisions;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// AssignReplicasToDirs 0: a broker says which of its log directories holds which replica (KIP-858). Controllers only.
final class AssignReplicasToDirsHandler
        implements Handler<AssignReplicasToDirsRequestData, AssignReplicasToDirsResponseData> {
    private final Controller controller;

    AssignReplicasToDirsHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ASSIGN_REPLICAS_TO_DIRS;
    }

    @Override
    public Outcome<AssignReplicasToDirsResponseData> handle(
            RequestContext context, AssignReplicasToDirsRequestData request) {
        var asked = request.duplicate();
        return Refusals.outcome(
                controller.submit(image -> DirectoryDecisions.assign(image, asked)),
                error -> new AssignReplicasToDirsResponseData().setErrorCode(error.error().code()));
    }
}
