package dev.millrace.engine.quorum;

import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.apache.kafka.common.message.BeginQuorumEpochResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.message.UpdateRaftVoterResponseData;
import org.apache.kafka.common.message.VoteRequestData;
import org.apache.kafka.common.message.VoteResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.RaftResponse;
import org.apache.kafka.raft.RaftUtil;
import org.apache.kafka.raft.SteppedRaftClients;

/// Messages that honest peers may send, late or to a node whose disk is new, and at which Kafka's consensus client would end the
/// process, or ask again at once and for ever. They are taken for messages that have not come: the client waits a little and asks again.
///
/// - *We lead*: an answer says that this node leads an epoch of which it knows nothing. That was a node with its id and another disk.
/// - *Late data*: what was fetched arrives after this node has ceased to follow that leader, within the same epoch.
/// - *A leader without an address*: the message names the leader of a new epoch, and neither it nor the log says where that one is.
///   EndQuorumEpoch never says it, so this is what a voter with an empty log hears when the leader stops.
/// - *No candidate*: who was a candidate, lost, followed, lost its leader and is restarted, is a candidate of that same epoch again; its
///   peers see by its log that it cannot be one. It is one in the next epoch.
/// - *Another disk*: a voter has its id, and not the disk that the log knows; it refuses as fast as it is asked, and the client would ask
///   again at once.
/// - *From nobody*: who was a voter when the leader announced itself is none any more when it answers.
/// - *Too early*: a leader that has committed nothing yet has no time for a voter's new address, which the client takes for an error; it
///   asks again.
/// - *Against what is known*: a request says that this node leads, or that another does than is known of this epoch. Nobody honest does.
/// - *Far ahead*: a request is of an epoch that no cluster comes to. It would be adopted and kept; beside the largest number there is no
///   next epoch, and no election ever again.
/// - *No news*: who was asked for data does not lead, and knows no more of the leader than we do. A node that cannot reach its leader
///   would ask all others as fast as they answer.
///
/// **Owner.** The thread that steps the quorum.
final class StrayMessages {
    /// Epochs that may pass while a node is away: an election every second for eleven days.
    static final int MOST_EPOCHS_AHEAD = 1_000_000;

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
        SteppedRaftClients.View view = quorum.get();
        if (request.data() instanceof VoteRequestData vote) {
            return isFarAhead(epoch(vote), view);
        }
        NamedLeader leader = NamedLeader.in(request.data());
        return leader != null
                && leader.known()
                && (isFarAhead(leader.epoch(), view)
                        || contradicts(leader, view)
                        || isOutOfReach(leader, view));
    }

    private static int epoch(VoteRequestData vote) {
        return vote.topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .mapToInt(partition -> partition.replicaEpoch())
                .max()
                .orElse(0);
    }

    private static boolean isFarAhead(int epoch, SteppedRaftClients.View view) {
        return (long) epoch - view.epoch() > MOST_EPOCHS_AHEAD;
    }

    private boolean contradicts(NamedLeader leader, SteppedRaftClients.View view) {
        if (leader.id() == nodeId) {
            return leader.epoch() >= view.epoch();
        }
        return leader.epoch() == view.epoch() && view.leader().orElse(leader.id()) != leader.id();
    }

    boolean isStray(RaftResponse.Inbound response) {
        NamedLeader leader = NamedLeader.in(response.data());
        if (leader == null) {
            return false;
        }
        if (response.data() instanceof BeginQuorumEpochResponseData
                && !knows.test(response.source().id())) {
            return true;
        }
        if (isRefusedVote(response.data()) || isTooEarly(response.data())) {
            return true;
        }
        SteppedRaftClients.View view = quorum.get();
        if (isNoNews(response.data(), leader, view)) {
            return true;
        }
        return leader.known() && isStrayOf(response.data(), leader, view);
    }

    private boolean isStrayOf(
            ApiMessage response, NamedLeader leader, SteppedRaftClients.View view) {
        return isOurselves(leader, view)
                || isLate(response, leader, view)
                || isOutOfReach(leader, view);
    }

    private static boolean isRefusedVote(ApiMessage response) {
        if (!(response instanceof VoteResponseData vote)) {
            return false;
        }
        short error = vote.topics().getFirst().partitions().getFirst().errorCode();
        return error == Errors.INVALID_REQUEST.code() || error == Errors.INVALID_VOTER_KEY.code();
    }

    private static boolean isTooEarly(ApiMessage response) {
        return response instanceof UpdateRaftVoterResponseData update
                && update.errorCode() == Errors.REQUEST_TIMED_OUT.code();
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

    /// Who was asked for data does not lead and knows no more than we do. Where the leader is reached is more, to one who has its name
    /// from before a restart only.
    private static boolean isNoNews(
            ApiMessage response, NamedLeader leader, SteppedRaftClients.View view) {
        if (!(response instanceof FetchResponseData fetch) || !isNoLeaders(fetch)) {
            return false;
        }
        if (leader.epoch() < view.epoch()) {
            return true;
        }
        boolean saysWhere = leader.hasAddress() && !view.follows();
        return leader.epoch() == view.epoch()
                && (leader.id() < 0 || leader.id() == view.leader().orElse(-1))
                && !saysWhere;
    }

    private static boolean isNoLeaders(FetchResponseData fetch) {
        short error = fetch.responses().getFirst().partitions().getFirst().errorCode();
        return error == Errors.NOT_LEADER_OR_FOLLOWER.code()
                || error == Errors.UNKNOWN_LEADER_EPOCH.code();
    }

    private boolean isOutOfReach(NamedLeader leader, SteppedRaftClients.View view) {
        boolean isNew =
                leader.epoch() > view.epoch()
                        || (leader.epoch() == view.epoch() && view.leader().isEmpty());
        return isNew && !leader.hasAddress() && !knows.test(leader.id());
    }

    static RaftResponse.Outbound refusal(RaftRequest.Inbound request, Errors error) {
        return new RaftResponse.Outbound(
                request.correlationId(),
                RaftUtil.errorResponse(ApiKeys.forId(request.data().apiKey()), error));
    }

    /// What counts in place of a stray answer: that there was none; or, of data that came from the leader before this node knew where
    /// it is, where it is. So hears a node that has its leader's name from before a restart, and an empty log.
    RaftResponse.Inbound instead(RaftResponse.Inbound response) {
        NamedLeader leader = NamedLeader.in(response.data());
        if (leader != null
                && leader.hasAddress()
                && leader.id() != nodeId
                && response.data() instanceof FetchResponseData fetch
                && isLate(fetch, leader, quorum.get())) {
            fetch.responses()
                    .getFirst()
                    .partitions()
                    .getFirst()
                    .setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code())
                    .setSnapshotId(new FetchResponseData.SnapshotId())
                    .setDivergingEpoch(new FetchResponseData.EpochEndOffset())
                    .setRecords(MemoryRecords.EMPTY);
            return response;
        }
        return lost(response);
    }

    private static RaftResponse.Inbound lost(RaftResponse.Inbound response) {
        return new RaftResponse.Inbound(
                response.correlationId(), unavailable(response.data().apiKey()), response.source());
    }

    private static ApiMessage unavailable(short api) {
        return RaftUtil.errorResponse(ApiKeys.forId(api), Errors.BROKER_NOT_AVAILABLE);
    }
}
