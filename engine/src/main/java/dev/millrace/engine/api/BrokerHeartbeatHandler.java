package dev.millrace.engine.api;

import dev.millrace.engine.metadata.BrokerLifeDecisions;
import dev.millrace.engine.metadata.BrokerSessions;
import dev.millrace.engine.metadata.Controller;
import java.util.function.IntConsumer;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// BrokerHeartbeat 0-2: a broker lives, says how far it has followed the metadata, and whether it wants to stop (KIP-631).
/// Controllers only.
///
/// - a broker that has caught up with its own registration is unfenced, and leads what waited for it
/// - v1 names lost log directories (KIP-858), v2 those that take nothing new (KIP-1066)
/// - it counts for the session when it arrives: a metadata log that is slow to commit is no reason to fence the broker
/// - a broker that stops may go when it leads nothing and the others have heard of it
final class BrokerHeartbeatHandler
        implements Handler<BrokerHeartbeatRequestData, BrokerHeartbeatResponseData> {
    private final Controller controller;
    private final BrokerSessions sessions;
    private final IntConsumer connectionEnded;

    /// @param connectionEnded is told of a broker whose heartbeats' connection has ended
    BrokerHeartbeatHandler(
            Controller controller, BrokerSessions sessions, IntConsumer connectionEnded) {
        this.controller = controller;
        this.sessions = sessions;
        this.connectionEnded = connectionEnded;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.BROKER_HEARTBEAT;
    }

    @Override
    public Outcome<BrokerHeartbeatResponseData> handle(
            RequestContext context, BrokerHeartbeatRequestData request) {
        var asked = request.duplicate();
        int id = asked.brokerId();
        sessions.arrived(id, asked.brokerEpoch());
        return Refusals.outcome(
                controller
                        .submit(image ->
                                BrokerLifeDecisions.heartbeat(
                                        image, asked, sessions.othersKnow(id)))
                        .thenApply(standing -> {
                            sessions.heard(id, asked.currentMetadataOffset(), standing.stopping());
                            context.connection().atEnd(() -> connectionEnded.accept(id));
                            return new BrokerHeartbeatResponseData()
                                    .setIsCaughtUp(standing.caughtUp())
                                    .setIsFenced(standing.fenced())
                                    .setShouldShutDown(standing.mayShutDown());
                        }),
                error -> new BrokerHeartbeatResponseData().setErrorCode(error.error().code()));
    }
}
