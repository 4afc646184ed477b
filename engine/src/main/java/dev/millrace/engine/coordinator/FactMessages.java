package dev.millrace.engine.coordinator;

import dev.millrace.engine.log.VersionedMessage;
import org.jspecify.annotations.Nullable;

/// A fact as the key and value of a record.
///
/// @param value null takes the key back
public record FactMessages(VersionedMessage key, @Nullable VersionedMessage value) {}
