/// A partition as this broker holds it: its role, its high watermark, and everybody who waits for it.
///
/// **Role.** Turns appends and flushes into promises (acks) and into what consumers may see; opens and closes partitions as
/// the metadata says.
/// **Owner.** Each `Partition` has a turn of its own; `Replicas` has one for the set of them.
/// **May touch.** `engine.log`, `engine.metadata` (images only), `engine.env`, `engine.check`.
/// **May not touch.** Coordinators and handlers, which are above it.
/// **Start reading at** `Partition.append`, then `Partition.read`, then `Replicas.onChange`.
@NullMarked
package dev.millrace.engine.replica;

import org.jspecify.annotations.NullMarked;
