package dev.millrace.engine.metadata;

import org.apache.kafka.common.protocol.ApiMessage;

/// Everything the quorum has decided, as of one offset of its log. Immutable and persistent: two images share what did not
/// change between them, so that every reader keeps its own for as long as it likes.
///
/// @param offset of the last record applied; -1 before the first
/// @param epoch of the leader that wrote it; -1 before the first
public record MetadataImage(
        long offset,
        int epoch,
        TopicsImage topics,
        ConfigsImage configs,
        ClusterImage cluster,
        FeaturesImage features,
        ProducerIdsImage producerIds) {
    public static final MetadataImage EMPTY =
            new MetadataImage(
                    -1,
                    -1,
                    TopicsImage.EMPTY,
                    ConfigsImage.EMPTY,
                    ClusterImage.EMPTY,
                    FeaturesImage.EMPTY,
                    ProducerIdsImage.EMPTY);

    /// The image after one more record. Pure: the same record on the same image gives the same image, on every node and in
    /// every start (M3, M7).
    ///
    /// @param offset of the record in the quorum's log
    /// @param epoch of the leader that wrote it
    /// @throws UnreadableMetadata when the record is unknown or contradicts this image
    public MetadataImage replay(ApiMessage record, long offset, int epoch) {
        return Replay.apply(this, record).at(offset, epoch);
    }

    public MetadataImage at(long newOffset, int newEpoch) {
        return new MetadataImage(
                newOffset, newEpoch, topics, configs, cluster, features, producerIds);
    }

    MetadataImage with(TopicsImage now) {
        return new MetadataImage(offset, epoch, now, configs, cluster, features, producerIds);
    }

    MetadataImage with(ConfigsImage now) {
        return new MetadataImage(offset, epoch, topics, now, cluster, features, producerIds);
    }

    MetadataImage with(ClusterImage now) {
        return new MetadataImage(offset, epoch, topics, configs, now, features, producerIds);
    }

    MetadataImage with(FeaturesImage now) {
        return new MetadataImage(offset, epoch, topics, configs, cluster, now, producerIds);
    }

    MetadataImage with(ProducerIdsImage now) {
        return new MetadataImage(offset, epoch, topics, configs, cluster, features, now);
    }
}
