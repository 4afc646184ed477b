/// The directories of a stopped Apache Kafka become a data directory of ours: `millrace adopt`.
///
/// **Role.** Offline: reads and writes files while no broker has them, and says what it did. What Kafka's metadata means is decided in
/// `engine.metadata.Adoption`; what a log holds is found by `engine.log`.
/// **Owner.** One thread, from beginning to end.
/// **Start reading at** `docs/adopt.md`, then `Adopt`.
@NullMarked
package dev.millrace.broker.adopt;

import org.jspecify.annotations.NullMarked;
