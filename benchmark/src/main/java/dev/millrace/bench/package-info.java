/// The side-by-side benchmark: Apache Kafka and Millrace in turn on one machine, as ratios of medians with spread.
///
/// **Role.** Decides what runs in which order (`Plan`), starts and measures one peer at a time (`Session`), collects
/// (`Results`) and hands over to `report`. What is measured stands in one list a `Suite`; a new row is a line there.
/// **May touch.** The peers as outside processes only: no class of Millrace's broker is on this class path.
/// **Start reading at** `Bench.call`, then `Plan.run`, then `MainWorkloads`.
@NullMarked
package dev.millrace.bench;

import org.jspecify.annotations.NullMarked;
