package dev.millrace.engine.metadata.config;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.jspecify.annotations.Nullable;

/// One setting as it stands, and everything that DescribeConfigs tells of it.
///
/// @param value null when it is not set and has no default, or when it is a secret
/// @param synonyms every place where it is set, the one that wins first, Kafka's default last
public record ConfigValue(
        String name,
        @Nullable String value,
        ConfigSource source,
        boolean readOnly,
        boolean sensitive,
        ConfigDef.@Nullable Type type,
        @Nullable String documentation,
        List<Synonym> synonyms) {

    /// @param value null when it is a secret
    public record Synonym(String name, @Nullable String value, ConfigSource source) {}
}
