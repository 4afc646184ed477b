package dev.millrace.engine.replica;

import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.metadata.MetadataImage;

/// What a partition is told of its topic's effective configuration.
public record TopicSettings(LogSettings log, int minInSyncReplicas) {
    /// Resolves a topic's configuration from an image: its own settings over the brokers' over the defaults.
    @FunctionalInterface
    public interface Source {
        TopicSettings of(MetadataImage image, String topic);
    }
}
