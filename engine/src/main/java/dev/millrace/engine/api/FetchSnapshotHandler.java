package dev.millrace.engine.api;

import dev.millrace.engine.quorum.QuorumRequests;
import org.apache.kafka.common.message.FetchSnapshotRequestData;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// FetchSnapshot 0-1: a slice of a snapshot of the metadata log (KIP-630). Controllers only.
///
/// - v1 adds the follower's directory id (KIP-853)
final class FetchSnapshotHandler
        extends QuorumHandler<FetchSnapshotRequestData, FetchSnapshotResponseData> {
    FetchSnapshotHandler(QuorumRequests quorum) {
        super(ApiKeys.FETCH_SNAPSHOT, FetchSnapshotResponseData.class, quorum);
    }
}
