/// The transaction coordinator: which producer stands behind a transactional id, and how its transactions end.
///
/// **Role.** Decides requests on the transactional ids of a shard into facts and answers; what was decided is carried out by
/// markers, which are sent when the decision is committed and until every partition has its own (`docs/transactions.md`).
/// **Owner.** A shard's turn, as everything below `engine.coordinator`.
/// **May touch.** `engine.coordinator`, `engine.check`, `engine.env`, and Kafka's record classes. Partitions are behind a port,
/// [dev.millrace.engine.coordinator.txn.Markers].
/// **May not touch.** `engine.api`, `engine.replica`, other coordinators.
/// **Start reading at** `Transactions`, then `TransactionState`.
@NullMarked
package dev.millrace.engine.coordinator.txn;

import org.jspecify.annotations.NullMarked;
