/// What a configuration key means: type, default, validator, documentation, which of its sources wins.
///
/// **Role.** A facade over Kafka's own definitions (one source for 379 broker and 38 topic keys), plus our few `millrace.*`
/// keys. The definitions cost 150 ms of a cold start, so they are loaded when the first setting is described, changed or
/// read from a file, never on the start path; [TopicConfigs] resolves what a topic has set without them.
/// **Owner.** Pure functions of maps; nothing here changes.
/// **May touch.** Kafka's configuration classes. **May not touch.** The metadata image: callers hand in the maps.
/// **Start reading at** `TopicConfigs`, then `ConfigSchema`.
@NullMarked
package dev.millrace.engine.metadata.config;

import org.jspecify.annotations.NullMarked;
