/// The metadata quorum with several voters in virtual time: Kafka's consensus engine on our log, disk, clock and network, with
/// faults. `docs/quorum.md` tells what is done to it and what is checked.
///
/// **Start reading at** `QuorumRun`.
@NullMarked
package dev.millrace.simulator.quorum;

import org.jspecify.annotations.NullMarked;
