package dev.millrace.simulator.workload;

import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/// What coordinators say, as one error.
public final class Answers {
    private Answers() {}

    /// The first error in an answer about one thing.
    public static Errors error(ApiMessage answer) {
        return Errors.forCode(code(answer));
    }

    private static short code(ApiMessage answer) {
        return switch (answer) {
            case InitProducerIdResponseData init -> init.errorCode();
            case AddPartitionsToTxnResponseData add ->
                    add.resultsByTopicV3AndBelow()
                            .iterator()
                            .next()
                            .resultsByPartition()
                            .iterator()
                            .next()
                            .partitionErrorCode();
            case AddOffsetsToTxnResponseData add -> add.errorCode();
            case EndTxnResponseData end -> end.errorCode();
            case TxnOffsetCommitResponseData commit ->
                    commit.topics().getFirst().partitions().getFirst().errorCode();
            case OffsetCommitResponseData commit ->
                    commit.topics().getFirst().partitions().getFirst().errorCode();
            case OffsetFetchResponseData fetch -> fetch.groups().getFirst().errorCode();
            default -> Errors.NONE.code();
        };
    }

    /// Another broker may know better.
    static boolean isElsewhere(ApiMessage answer) {
        return switch (error(answer)) {
            case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE -> true;
            default -> false;
        };
    }
}
