/// What happens to a cluster that nobody wants: faults of machines, disks, clocks and roads, old messages, and administrators.
///
/// **Role.** Draws from the kinds of faults that a seed allows, and does them at random moments.
/// **May touch.** `simulator.world`, `simulator.workload`, and the Kafka client library's messages.
/// **Start reading at** `Nemesis`.
@NullMarked
package dev.millrace.simulator.fault;

import org.jspecify.annotations.NullMarked;
