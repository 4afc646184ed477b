package dev.millrace.engine.metadata;

import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// Gathers which topics a run of records speaks of.
final class TouchedTopics {
    private final Set<Uuid> ids = new LinkedHashSet<>();
    private boolean anything;

    /// @param image in which a topic that the record names by its name can be found
    void see(MetadataImage image, ApiMessage record) {
        switch (MetadataRecordType.fromId(record.apiKey())) {
            case TOPIC_RECORD -> ids.add(((TopicRecord) record).topicId());
            case PARTITION_RECORD -> ids.add(((PartitionRecord) record).topicId());
            case PARTITION_CHANGE_RECORD -> ids.add(((PartitionChangeRecord) record).topicId());
            case REMOVE_TOPIC_RECORD -> ids.add(((RemoveTopicRecord) record).topicId());
            case CONFIG_RECORD -> config(image, (ConfigRecord) record);
            // Of many topics at once, or of what was held back until the transaction's end.
            case CLEAR_ELR_RECORD, END_TRANSACTION_RECORD -> anything = true;
            default -> {}
        }
    }

    private void config(MetadataImage image, ConfigRecord record) {
        switch (ConfigResource.Type.forId(record.resourceType())) {
            case TOPIC -> {
                TopicImage topic = image.topics().byName(record.resourceName());
                if (topic != null) {
                    ids.add(topic.id());
                }
            }
            // The defaults of every topic.
            case BROKER -> anything = true;
            default -> {}
        }
    }

    /// @return null when any topic may be meant
    @Nullable Set<Uuid> ids() {
        return anything ? null : ids;
    }
}
