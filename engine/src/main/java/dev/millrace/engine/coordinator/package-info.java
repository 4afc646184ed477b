/// Replicated state machines on the partitions of internal topics: decide, append, replay, answer.
///
/// **Role.** The runtime that every coordinator shares. A request is decided on a shard's state and changes nothing; the facts
/// of the decision are appended as one batch, replayed, and the answer leaves when the high watermark has passed everything
/// that it rests on. Loading after a fail-over replays the same facts through the same method (G4).
/// **Owner.** A shard is one partition of the internal topic that this broker leads; everything in it is touched in its turn.
/// **May touch.** `engine.check`, `engine.env`, the writer of record batches and the words for transactions in `engine.log`, and the Kafka client library. The log
/// behind a shard is a port of its own, [dev.millrace.engine.coordinator.CoordinatorLog].
/// **May not touch.** `engine.api`; what the facts mean is for `coordinator.group`, `.txn`, `.share`.
/// **Start reading at** `Shards.submit`, then `Shard.carryOut`.
@NullMarked
package dev.millrace.engine.coordinator;

import org.jspecify.annotations.NullMarked;
