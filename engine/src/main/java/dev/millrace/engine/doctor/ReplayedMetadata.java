package dev.millrace.engine.doctor;

import dev.millrace.engine.log.Finding;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.UnreadableMetadata;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// The metadata as of the end of its log.
final class ReplayedMetadata {
    private final List<Finding> findings = new ArrayList<>();
    private MetadataImage image = MetadataImage.EMPTY;

    /// Before an open metadata transaction (KIP-868).
    private @Nullable MetadataImage before;

    MetadataImage image() {
        return before == null ? image : before;
    }

    /// What contradicts itself. Nothing is replayed behind that.
    List<Finding> findings() {
        return findings;
    }

    void record(ApiMessageAndVersion record, long offset, int epoch) {
        if (!findings.isEmpty()) {
            return;
        }
        MetadataRecordType type = MetadataRecordType.fromId(record.message().apiKey());
        try {
            switch (type) {
                case BEGIN_TRANSACTION_RECORD -> before = image;
                case END_TRANSACTION_RECORD -> before = null;
                case ABORT_TRANSACTION_RECORD -> {
                    image = before == null ? image : before;
                    before = null;
                }
                default -> image = image.replay(record.message(), offset, epoch);
            }
        } catch (UnreadableMetadata e) {
            findings.add(
                    Finding.odd(
                            "the metadata log",
                            "cannot be applied at offset %d: %s"
                                    .formatted(offset, e.getMessage())));
        }
    }
}
