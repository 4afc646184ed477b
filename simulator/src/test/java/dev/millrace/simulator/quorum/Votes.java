package dev.millrace.simulator.quorum;

import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.BeginQuorumEpochRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.VoteRequestData;
import org.apache.kafka.common.message.VoteResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.server.common.KRaftVersion;

/// What nodes bind themselves to by what they send: their epoch, their votes, what they have on their disks.
final class Votes {
    private Votes() {}

    /// A node sends a request.
    ///
    /// @return where the log ends that it says is on its disk; -1 when it says nothing of it
    static long sent(Truth truth, SimNode node, ApiMessage request) {
        switch (request) {
            case VoteRequestData vote -> {
                var asked = vote.topics().getFirst().partitions().getFirst();
                truth.inEpoch(node.ballot(), asked.replicaEpoch());
                if (!asked.preVote()) {
                    truth.votes(node.ballot(), asked.replicaEpoch(), node.ballot());
                }
            }
            case BeginQuorumEpochRequestData begin ->
                    truth.inEpoch(
                            node.ballot(),
                            begin.topics().getFirst().partitions().getFirst().leaderEpoch());
            case FetchRequestData fetch -> {
                var from = fetch.topics().getFirst().partitions().getFirst();
                truth.inEpoch(node.ballot(), from.currentLeaderEpoch());
                return from.fetchOffset();
            }
            default -> {}
        }
        return -1;
    }

    /// A node answers a request.
    static void answered(Truth truth, SimNode node, ApiMessage request, ApiMessage response) {
        if (request instanceof VoteRequestData vote
                && response instanceof VoteResponseData answer
                && !answer.topics().isEmpty()) {
            var asked = vote.topics().getFirst().partitions().getFirst();
            var given = answer.topics().getFirst().partitions().getFirst();
            if (given.voteGranted() && !asked.preVote()) {
                truth.inEpoch(node.ballot(), asked.replicaEpoch());
                truth.votes(
                        node.ballot(),
                        asked.replicaEpoch(),
                        new Ballot(asked.replicaId(), asked.replicaDirectoryId()));
                truth.check(
                        asked.voterDirectoryId().equals(org.apache.kafka.common.Uuid.ZERO_UUID)
                                || asked.voterDirectoryId().equals(node.ballot().directory()),
                        "M9 nobody votes for a directory that is not there",
                        node.ballot(),
                        asked);
            }
        }
    }

    /// What a leader asks a node before it makes it a voter.
    static ApiVersionsResponseData apiVersions() {
        var response = new ApiVersionsResponseData();
        response.supportedFeatures()
                .add(
                        new ApiVersionsResponseData.SupportedFeatureKey()
                                .setName(KRaftVersion.FEATURE_NAME)
                                .setMinVersion((short) 0)
                                .setMaxVersion(KRaftVersion.LATEST_PRODUCTION.featureLevel()));
        return response;
    }
}
