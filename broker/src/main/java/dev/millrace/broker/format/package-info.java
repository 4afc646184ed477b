/// Directories that are formatted by hand, before a node's first start: `millrace format`, and Kafka's `kafka-storage`.
///
/// **Role.** For what the first start cannot know: a cluster id that was chosen, first voters that are kept in the log (KIP-853), older
/// levels of features. **May touch.** `broker.config`, and Kafka's own formatter, so that either program starts on what the other wrote.
/// **Start reading at** [StorageTool].
@NullMarked
package dev.millrace.broker.format;

import org.jspecify.annotations.NullMarked;
