package dev.millrace.engine.quorum;

import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.RaftResponse;
import org.apache.kafka.raft.RaftUtil;
import org.apache.kafka.raft.SteppedRaftClients;

/// Messages that honest peers may send, late or to a node whose disk is new, and at which Kafka's consensus client would end the
/// process. They are taken for messages that have not come: the client asks again by its own rules.
///
/// - *We lead*: an answer says that this node leads an epoch of which it knows nothing. That was a node with its id and another disk.
/// - *Late data*: what was fetched arrives after this node has ceased to follow that leader, within the same epoch.
/// - *A leader without an address*: the message names the leader of a new epoch, and neither it nor the log says where that one is.
///   EndQuorumEpoch never says it, so this is what a voter with an empty log hears when the leader stops.
///
/// **Owner.** The thread that steps the quorum.
final class StrayMessages {
    private final int nodeId;
    private final Supplier<SteppedRaftClients.View> quorum;
    private final IntPredicate knows;

    /// @param quorum what the client makes of it now
    /// @param knows whether the log says where that voter is
    StrayMessages(int nodeId, Supplier<SteppedRaftClients.View> quorum, IntPredicate knows) {
        this.nodeId = nodeId;
        this.quorum = quorum;
        this.knows = knows;
    }

    boolean isStray(RaftRequest.Inbound request) {
        NamedLeader leader = NamedLeader.in(request.data());
        return leader != null && leader.known() && isOutOfReach(leader, quorum.get());
    }

    boolean isStray(RaftResponse.Inbound response) {
        NamedLeader leader = NamedLeader.in(response.data());
        if (leader == null || !leader.known()) {
            return false;
        }
        SteppedRaftClients.View view = quorum.get();
        return isOurselves(leader, view)
                || isLate(response.data(), leader, view)
                || isOutOfReach(leader, view);
    }

    private boolean isOurselves(NamedLeader leader, SteppedRaftClients.View view) {
        boolean leads = view.leader().orElse(-1) == nodeId && view.epoch() == leader.epoch();
        return leader.id() == nodeId && leader.epoch() >= view.epoch() && !leads;
    }

    private static boolean isLate(
            ApiMessage response, NamedLeader leader, SteppedRaftClients.View view) {
        boolean fetched =
                response instanceof FetchResponseData
                        || response instanceof FetchSnapshotResponseData;
        return fetched
                && leader.epoch() == view.epoch()
                && view.leader().isPresent()
                && !view.follows();
    }

    private boolean isOutOfReach(NamedLeader leader, SteppedRaftClients.View view) {
        boolean isNew =
                leader.epoch() > view.epoch()
                        || (leader.epoch() == view.epoch() && view.leader().isEmpty());
        return isNew && !leader.hasAddress() && !knows.test(leader.id());
    }

    static RaftResponse.Outbound refusal(RaftRequest.Inbound request) {
        return new RaftResponse.Outbound(
                request.correlationId(), unavailable(request.data().apiKey()));
    }

    static RaftResponse.Inbound lost(RaftResponse.Inbound response) {
        return new RaftResponse.Inbound(
                response.correlationId(),
                unavailable(response.data().apiKey()),
                response.source());
    }

    private static ApiMessage unavailable(short api) {
        return RaftUtil.errorResponse(ApiKeys.forId(api), Errors.BROKER_NOT_AVAILABLE);
    }
}
