/// The side-by-side benchmark: Apache Kafka and Millrace in turn on one machine, as ratios of medians with spread.
///
/// **Role.** Decides what runs in which order (`Plan`), starts and measures one peer at a time (`Session`), collects
/// (`Results`) and hands over to `report`. What is measured is one list: `Workloads`; a new row is a line there.
/// **May touch.** The peers as outside processes only: no class of Millrace's broker is on this class path.
/// **Start reading at** `Bench.call`, then `Session.run`, then `Workloads`.
@NullMarked
package dev.millrace.bench;

import org.jspecify.annotations.NullMarked;
