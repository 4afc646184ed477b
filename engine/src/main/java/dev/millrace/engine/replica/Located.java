package dev.millrace.engine.replica;

import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A partition of this broker, or why there is none.
///
/// @param topic the topic's name, empty when it is not known
/// @param partition null exactly when there is an error
public record Located(String topic, Errors error, @Nullable Partition partition) {}
