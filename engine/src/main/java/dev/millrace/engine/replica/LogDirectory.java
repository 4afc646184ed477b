package dev.millrace.engine.replica;

import dev.millrace.engine.env.Storage;
import org.apache.kafka.common.Uuid;

/// One of this broker's log directories.
///
/// @param id as in its `meta.properties` (KIP-858)
/// @param path as the user named it, for answers and messages
public record LogDirectory(Uuid id, String path, Storage storage) {}
