package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.BeginQuorumEpochRequestData;
import org.apache.kafka.common.message.EndQuorumEpochRequestData;
import org.apache.kafka.common.message.FetchSnapshotRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.UpdateRaftVoterRequestData;
import org.apache.kafka.common.message.UpdateRaftVoterRequestData.KRaftVersionFeature;
import org.apache.kafka.common.message.VoteRequestData;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.raft.RaftRequest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// This is node 1, and leaders are reached by CONTROLLER. What is answered before Kafka's consensus client sees it.
class UnsoundRequestsTest {
    private static final UnsoundRequests UNSOUND =
            new UnsoundRequests(1, ListenerName.normalised("CONTROLLER"));

    record Case(boolean unsound, ApiMessage request) {}

    private static Stream<Case> cases() {
        return Stream.of(
                new Case(false, add("CONTROLLER", "a")),
                new Case(true, add("", "a")),
                new Case(true, add("CONTROLLER", " ")),
                new Case(false, update("CONTROLLER", 0, 1)),
                new Case(true, update("", 0, 1)),
                new Case(true, update("CONTROLLER", 2, 1)),
                new Case(true, update("CONTROLLER", -1, 1)),
                new Case(false, begin("CONTROLLER")),
                new Case(false, begin("controller")),
                new Case(true, begin("")),
                new Case(true, begin("PLAINTEXT")),
                new Case(false, new BeginQuorumEpochRequestData()),
                new Case(false, end("CONTROLLER")),
                new Case(true, end("")),
                new Case(true, end("PLAINTEXT")),
                new Case(false, new EndQuorumEpochRequestData()),
                new Case(false, fetch(2, 1)),
                new Case(false, fetch(-1, 0)),
                new Case(true, fetch(2, -1)),
                new Case(true, fetch(1, 1)),
                new Case(false, vote(2)),
                new Case(true, vote(1)),
                new Case(false, new VoteRequestData()),
                new Case(false, new RemoveRaftVoterRequestData()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isRefused(Case of) {
        assertEquals(of.unsound, UNSOUND.include(of.request));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void hasAnAnswer(Case of) {
        RaftRequest.Inbound request =
                new RaftRequest.Inbound(
                        ListenerName.normalised("CONTROLLER"), 7, (short) 0, of.request, 0);
        assertEquals(
                of.request.apiKey(),
                StrayMessages.refusal(request, Errors.INVALID_REQUEST).data().apiKey());
    }

    private static FetchSnapshotRequestData fetch(int replica, int maxBytes) {
        return new FetchSnapshotRequestData().setReplicaId(replica).setMaxBytes(maxBytes);
    }

    private static VoteRequestData vote(int candidate) {
        var partition = new VoteRequestData.PartitionData().setReplicaId(candidate);
        return new VoteRequestData()
                .setTopics(
                        List.of(new VoteRequestData.TopicData().setPartitions(List.of(partition))));
    }

    private static AddRaftVoterRequestData add(String name, String host) {
        var request = new AddRaftVoterRequestData();
        request.listeners().add(new AddRaftVoterRequestData.Listener().setName(name).setHost(host));
        return request;
    }

    private static UpdateRaftVoterRequestData update(String name, int min, int max) {
        var request =
                new UpdateRaftVoterRequestData()
                        .setKRaftVersionFeature(
                                new KRaftVersionFeature()
                                        .setMinSupportedVersion((short) min)
                                        .setMaxSupportedVersion((short) max));
        request.listeners()
                .add(new UpdateRaftVoterRequestData.Listener().setName(name).setHost("a"));
        return request;
    }

    private static BeginQuorumEpochRequestData begin(String name) {
        var request = new BeginQuorumEpochRequestData();
        request.leaderEndpoints()
                .add(new BeginQuorumEpochRequestData.LeaderEndpoint().setName(name).setHost("a"));
        return request;
    }

    private static EndQuorumEpochRequestData end(String name) {
        var request = new EndQuorumEpochRequestData();
        request.leaderEndpoints()
                .add(new EndQuorumEpochRequestData.LeaderEndpoint().setName(name).setHost("a"));
        return request;
    }
}
