package dev.millrace.engine.api;

import dev.millrace.engine.quorum.QuorumRequests;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// Fetch 4-18 by the controllers' listener: the metadata log only, for voters and observers (KIP-595).
///
/// - another topic gets an error from the consensus engine, as with Kafka
/// - an observer that has all there is waits at the leader, until there is more or its patience ends
final class MetadataLogFetch extends QuorumHandler<FetchRequestData, FetchResponseData> {
    MetadataLogFetch(QuorumRequests quorum) {
        super(ApiKeys.FETCH, FetchResponseData.class, quorum);
    }
}
