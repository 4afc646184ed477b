package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.BeginQuorumEpochRequestData;
import org.apache.kafka.common.message.BeginQuorumEpochResponseData;
import org.apache.kafka.common.message.EndQuorumEpochRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.UpdateRaftVoterResponseData;
import org.apache.kafka.common.message.VoteRequestData;
import org.apache.kafka.common.message.VoteResponseData;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.RaftResponse;
import org.apache.kafka.raft.SteppedRaftClients.View;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// This is node 1; the log says where 1, 2 and 3 are, and nothing of 9.
class StrayMessagesTest {
    private static final int EPOCH = 5;
    private static final int FAR = EPOCH + StrayMessages.MOST_EPOCHS_AHEAD;
    private static final View FOLLOWS_2 = new View(EPOCH, OptionalInt.of(2), true);
    private static final View LEFT_2 = new View(EPOCH, OptionalInt.of(2), false);
    private static final View LEADS = new View(EPOCH, OptionalInt.of(1), false);
    private static final View KNOWS_NONE = new View(EPOCH, OptionalInt.empty(), false);

    record Case(String what, View view, ApiMessage message, int from, boolean stray) {}

    private static Stream<Case> answers() {
        return Stream.of(
                of("a vote", KNOWS_NONE, vote(Errors.NONE, -1, EPOCH), 2, false),
                of("no candidate", KNOWS_NONE, vote(Errors.INVALID_REQUEST, -1, EPOCH), 2, true),
                of("another disk", KNOWS_NONE, vote(Errors.INVALID_VOTER_KEY, -1, EPOCH), 2, true),
                of("a later epoch", KNOWS_NONE, vote(Errors.FENCED_LEADER_EPOCH, 3, 6), 2, false),
                of("9 leads, somewhere", KNOWS_NONE, vote(Errors.NONE, 9, 6), 2, true),
                of("begun", LEADS, begun(1, EPOCH), 2, false),
                of("begun by nobody", LEADS, begun(1, EPOCH), 9, true),
                of("we lead, as we know", LEADS, begun(1, EPOCH), 2, false),
                of("we lead, with another disk", KNOWS_NONE, begun(1, EPOCH), 2, true),
                of("we shall have led", LEADS, begun(1, EPOCH + 1), 2, true),
                of("too early", FOLLOWS_2, update(Errors.REQUEST_TIMED_OUT), 2, true),
                of("updated", FOLLOWS_2, update(Errors.NONE), 2, false),
                of("data", FOLLOWS_2, fetch(Errors.NONE, 2, EPOCH, false), 2, false),
                of("late data", LEFT_2, fetch(Errors.NONE, 2, EPOCH, false), 2, true),
                of("late data of before", FOLLOWS_2, fetch(Errors.NONE, 2, 4, false), 2, false),
                of("no news", FOLLOWS_2, noLeader(2, EPOCH, false), 3, true),
                of("none known", FOLLOWS_2, noLeader(-1, EPOCH, false), 3, true),
                of("older", FOLLOWS_2, noLeader(3, 4, true), 3, true),
                of("newer", FOLLOWS_2, noLeader(3, 6, true), 3, false),
                of("who leads", KNOWS_NONE, noLeader(3, EPOCH, true), 3, false),
                of("where, to a follower", FOLLOWS_2, noLeader(2, EPOCH, true), 3, true));
    }

    private static Stream<Case> requests() {
        return Stream.of(
                of("known", KNOWS_NONE, begin(2, EPOCH, false), 2, false),
                of("with its address", KNOWS_NONE, begin(9, EPOCH, true), 9, false),
                of("out of reach", KNOWS_NONE, begin(9, EPOCH, false), 9, true),
                of("out of reach, newer", FOLLOWS_2, begin(9, EPOCH + 1, false), 9, true),
                of("older", FOLLOWS_2, begin(9, EPOCH - 1, false), 9, false),
                of("ends, out of reach", KNOWS_NONE, end(9, EPOCH + 1), 9, true),
                of("ends", FOLLOWS_2, end(2, EPOCH), 2, false),
                of("we lead, another says", FOLLOWS_2, begin(1, EPOCH, true), 2, true),
                of("we shall lead", LEADS, begin(1, EPOCH + 1, true), 2, true),
                of("we end, another says", LEADS, end(1, EPOCH), 2, true),
                of("we have led", FOLLOWS_2, begin(1, EPOCH - 1, true), 2, false),
                of("another leads", FOLLOWS_2, begin(3, EPOCH, true), 3, true),
                of("another than us leads", LEADS, end(2, EPOCH), 2, true),
                of("another leads from now on", FOLLOWS_2, begin(3, EPOCH + 1, true), 3, false),
                of("another has led", FOLLOWS_2, begin(3, EPOCH - 1, true), 3, false),
                of("far ahead", FOLLOWS_2, begin(3, FAR + 1, true), 3, true),
                of("ends far ahead", FOLLOWS_2, end(3, Integer.MAX_VALUE), 3, true),
                of("a vote", FOLLOWS_2, asked(EPOCH + 1), 3, false),
                of("a vote not so far ahead", FOLLOWS_2, asked(FAR), 3, false),
                of("a vote far ahead", FOLLOWS_2, asked(FAR + 1), 3, true),
                of("a vote in the last epoch", KNOWS_NONE, asked(Integer.MAX_VALUE), 3, true),
                of("a vote in no epoch", FOLLOWS_2, asked(Integer.MIN_VALUE), 3, false));
    }

    @ParameterizedTest
    @MethodSource("answers")
    void answersThatDoNotCount(Case of) {
        assertEquals(of.stray, messages(of.view).isStray(answer(of)), of.what);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void requestsThatDoNotCount(Case of) {
        var request =
                new RaftRequest.Inbound(
                        ListenerName.normalised("CONTROLLER"), 7, (short) 0, of.message, 0);
        assertEquals(of.stray, messages(of.view).isStray(request), of.what);
    }

    /// The client pauses when it hears that nobody is there.
    @ParameterizedTest
    @MethodSource("answers")
    void whatDoesNotCountIsLost(Case of) {
        if (!of.stray || of.what.equals("late data")) {
            return;
        }
        RaftResponse.Inbound instead = messages(of.view).instead(answer(of));
        assertEquals(of.message.apiKey(), instead.data().apiKey());
        assertEquals(Errors.BROKER_NOT_AVAILABLE.code(), topLevelError(instead.data()));
    }

    private static short topLevelError(ApiMessage message) {
        return switch (message) {
            case VoteResponseData vote -> vote.errorCode();
            case BeginQuorumEpochResponseData begun -> begun.errorCode();
            case FetchResponseData fetch -> fetch.errorCode();
            case UpdateRaftVoterResponseData update -> update.errorCode();
            default -> throw new AssertionError(message);
        };
    }

    private static StrayMessages messages(View view) {
        return new StrayMessages(1, () -> view, id -> id >= 1 && id <= 3);
    }

    private static RaftResponse.Inbound answer(Case of) {
        return new RaftResponse.Inbound(7, of.message, new Node(of.from, "n" + of.from, 9093));
    }

    private static Case of(String what, View view, ApiMessage message, int from, boolean stray) {
        return new Case(what, view, message, from, stray);
    }

    private static VoteRequestData asked(int epoch) {
        var partition = new VoteRequestData.PartitionData().setReplicaId(3).setReplicaEpoch(epoch);
        return new VoteRequestData()
                .setTopics(
                        List.of(new VoteRequestData.TopicData().setPartitions(List.of(partition))));
    }

    private static VoteResponseData vote(Errors error, int leader, int epoch) {
        var partition =
                new VoteResponseData.PartitionData()
                        .setErrorCode(error.code())
                        .setLeaderId(leader)
                        .setLeaderEpoch(epoch);
        return new VoteResponseData()
                .setTopics(
                        List.of(
                                new VoteResponseData.TopicData()
                                        .setPartitions(List.of(partition))));
    }

    private static BeginQuorumEpochResponseData begun(int leader, int epoch) {
        var partition =
                new BeginQuorumEpochResponseData.PartitionData()
                        .setLeaderId(leader)
                        .setLeaderEpoch(epoch);
        return new BeginQuorumEpochResponseData()
                .setTopics(
                        List.of(
                                new BeginQuorumEpochResponseData.TopicData()
                                        .setPartitions(List.of(partition))));
    }

    private static UpdateRaftVoterResponseData update(Errors error) {
        return new UpdateRaftVoterResponseData()
                .setErrorCode(error.code())
                .setCurrentLeader(
                        new UpdateRaftVoterResponseData.CurrentLeader()
                                .setLeaderId(2)
                                .setLeaderEpoch(EPOCH)
                                .setHost("n2"));
    }

    private static FetchResponseData noLeader(int leader, int epoch, boolean saysWhere) {
        return fetch(Errors.NOT_LEADER_OR_FOLLOWER, leader, epoch, saysWhere);
    }

    private static FetchResponseData fetch(Errors error, int leader, int epoch, boolean saysWhere) {
        var partition =
                new FetchResponseData.PartitionData()
                        .setErrorCode(error.code())
                        .setCurrentLeader(
                                new FetchResponseData.LeaderIdAndEpoch()
                                        .setLeaderId(leader)
                                        .setLeaderEpoch(epoch));
        var response =
                new FetchResponseData()
                        .setResponses(
                                List.of(
                                        new FetchResponseData.FetchableTopicResponse()
                                                .setPartitions(List.of(partition))));
        if (saysWhere) {
            response.nodeEndpoints()
                    .add(
                            new FetchResponseData.NodeEndpoint()
                                    .setNodeId(leader)
                                    .setHost("n" + leader));
        }
        return response;
    }

    private static BeginQuorumEpochRequestData begin(int leader, int epoch, boolean saysWhere) {
        var partition =
                new BeginQuorumEpochRequestData.PartitionData()
                        .setLeaderId(leader)
                        .setLeaderEpoch(epoch);
        var request =
                new BeginQuorumEpochRequestData()
                        .setTopics(
                                List.of(
                                        new BeginQuorumEpochRequestData.TopicData()
                                                .setPartitions(List.of(partition))));
        if (saysWhere) {
            request.leaderEndpoints()
                    .add(
                            new BeginQuorumEpochRequestData.LeaderEndpoint()
                                    .setName("CONTROLLER")
                                    .setHost("n" + leader));
        }
        return request;
    }

    private static EndQuorumEpochRequestData end(int leader, int epoch) {
        var partition =
                new EndQuorumEpochRequestData.PartitionData()
                        .setLeaderId(leader)
                        .setLeaderEpoch(epoch);
        return new EndQuorumEpochRequestData()
                .setTopics(
                        List.of(
                                new EndQuorumEpochRequestData.TopicData()
                                        .setPartitions(List.of(partition))));
    }
}
