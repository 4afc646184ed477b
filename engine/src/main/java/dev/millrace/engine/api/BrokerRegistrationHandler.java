package dev.millrace.engine.api;

import dev.millrace.engine.metadata.BrokerLifeDecisions;
import dev.millrace.engine.metadata.BrokerSessions;
import dev.millrace.engine.metadata.Controller;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// BrokerRegistration 0-4: a broker's process takes its id, and gets the epoch that fences the process before it (KIP-631).
/// Controllers only.
///
/// - v1 and v3 speak of ZooKeeper, v2 adds log directories (KIP-858), v4 the previous broker epoch (KIP-966)
/// - `DUPLICATE_BROKER_REGISTRATION` while the process before is within its session, `INCONSISTENT_CLUSTER_ID` for another
///   cluster's broker, `UNSUPPORTED_VERSION` for one that cannot work at the cluster's feature levels, `INVALID_REGISTRATION` for
///   directories and listeners that cannot be
/// - the previous epoch of v4 tells a clean stop from a crash, after which the broker is not eligible to lead
final class BrokerRegistrationHandler
        implements Handler<BrokerRegistrationRequestData, BrokerRegistrationResponseData> {
    private static final short TELLS_CLEAN_STOP = 4;

    private final String clusterId;
    private final Controller controller;
    private final BrokerSessions sessions;

    BrokerRegistrationHandler(String clusterId, Controller controller, BrokerSessions sessions) {
        this.clusterId = clusterId;
        this.controller = controller;
        this.sessions = sessions;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.BROKER_REGISTRATION;
    }

    @Override
    public Outcome<BrokerRegistrationResponseData> handle(
            RequestContext context, BrokerRegistrationRequestData request) {
        if (!request.clusterId().equals(clusterId)) {
            return Outcome.reply(refusal(Errors.INCONSISTENT_CLUSTER_ID));
        }
        int id = request.brokerId();
        return Refusals.outcome(
                controller
                        .submit(image ->
                                BrokerLifeDecisions.register(
                                        image,
                                        request,
                                        sessions.alive(id, request.incarnationId()),
                                        context.version() >= TELLS_CLEAN_STOP))
                        .thenApply(epoch -> {
                            sessions.heard(id);
                            return new BrokerRegistrationResponseData().setBrokerEpoch(epoch);
                        }),
                error -> refusal(error.error()));
    }

    private static BrokerRegistrationResponseData refusal(Errors error) {
        return new BrokerRegistrationResponseData().setErrorCode(error.code()).setBrokerEpoch(-1);
    }
}
