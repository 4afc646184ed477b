package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.replica.TopicSettings;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.junit.jupiter.api.Test;

final class SettingsOfTopicsTest {
    private final TestMetadata test = TestMetadata.withBrokers(1);

    private void set(String key, String value) {
        test.write(
                TestMetadata.versioned(
                        new ConfigRecord()
                                .setResourceType(ConfigResource.Type.TOPIC.id())
                                .setResourceName("t")
                                .setName(key)
                                .setValue(value),
                        0));
    }

    /// Kafka's definitions accept them, and values are kept as they were written.
    @Test
    void blanksAroundAValueDoNotCount() {
        set("min.insync.replicas", " 2");
        set("cleanup.policy", "compact,\tdelete ");
        set("compression.type", "gzip ");
        set("message.timestamp.type", "LogAppendTime ");
        set("millrace.flush", "ack ");
        set("retention.ms", "7\t");
        var source =
                new SettingsOfTopics(
                        new TopicSettings(LogSettings.DEFAULTS, 1),
                        Map.of(),
                        ClusterDefaults.of(1, Map.of()));

        TopicSettings settings = source.of(test.image(), "t");

        assertEquals(2, settings.minInSyncReplicas());
        assertTrue(settings.log().compact() && settings.log().delete());
        assertEquals(CompressionType.GZIP, settings.log().compressionType());
        assertEquals(TimestampType.LOG_APPEND_TIME, settings.log().timestampType());
        assertTrue(settings.log().flushOnAck());
        assertEquals(7, settings.log().retentionMs());
    }
}
