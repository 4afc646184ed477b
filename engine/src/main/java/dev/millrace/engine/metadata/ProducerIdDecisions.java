package dev.millrace.engine.metadata;

import java.util.List;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// Producer ids, a block at a time.
public final class ProducerIdDecisions {
    /// Ids per block (Kafka's).
    static final int BLOCK_SIZE = 1_000;

    private ProducerIdDecisions() {}

    /// Ids that one broker may give out.
    ///
    /// @param end exclusive
    public record Block(long first, long end) {}

    /// @throws org.apache.kafka.common.errors.StaleBrokerEpochException when another process of that broker has registered
    public static Decision<Block> allocate(MetadataImage image, int brokerId, long brokerEpoch) {
        @Nullable BrokerImage broker = image.cluster().broker(brokerId);
        if (broker == null || broker.epoch() != brokerEpoch) {
            throw Errors.STALE_BROKER_EPOCH.exception();
        }
        long first = image.producerIds().next();
        if (first > Long.MAX_VALUE - BLOCK_SIZE) {
            throw Errors.UNKNOWN_SERVER_ERROR.exception(
                    "Exhausted all producerIds as the next block's end producerId "
                            + "has exceeded the int64 type limit");
        }
        var record =
                new ProducerIdsRecord()
                        .setBrokerId(brokerId)
                        .setBrokerEpoch(brokerEpoch)
                        .setNextProducerId(first + BLOCK_SIZE);
        return new Decision<>(
                List.of(new ApiMessageAndVersion(record, (short) 0)),
                new Block(first, first + BLOCK_SIZE));
    }
}
