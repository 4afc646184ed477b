/// Three real processes, roads between them that we own, faults by force, official clients, and the command `./torture`.
///
/// **Role.** What the simulator cannot show: the broker's own edges (sockets, files, threads, signals, start and stop) under the same
/// faults, judged by the same checker.
/// **Owner.** A run owns its processes, addresses and folder; threads are virtual ones, and every one of them ends with the run.
/// **May touch.** The real clock, network, files and processes; `simulator.official`, `simulator.checker`. Nothing of the broker's code: it
/// is started as a user starts it.
/// **Start reading at** `TortureRun`.
@NullMarked
package dev.millrace.simulator.force;

import org.jspecify.annotations.NullMarked;
