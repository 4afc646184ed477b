/// The metadata quorum: one replicated log of metadata records, agreed on by the voters.
///
/// **Role.** [QuorumEngine] is the only consensus surface that the rest sees. Its implementation is Kafka's own engine
/// (`kafka-raft`) on our doors: its log on Storage, its clock ours, driven by the host one step at a time.
/// **Owner.** The host steps the engine from one thread at a time; listeners are called within a step.
/// **May touch.** `engine.log`, `engine.env`, `engine.check`, and `kafka-raft`, which no other package touches.
/// **May not touch.** `engine.metadata` and above: a quorum does not know what its records mean.
/// **Start reading at** `QuorumEngine`.
@NullMarked
package dev.millrace.engine.quorum;

import org.jspecify.annotations.NullMarked;
