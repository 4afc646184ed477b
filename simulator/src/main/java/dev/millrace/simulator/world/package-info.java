/// Time, timers, workers and chance of a simulated node: one thread, virtual time, one seed.
///
/// **Role.** Hosts engine code so that the same seed gives the same run.
/// **May touch.** `engine.env`.
/// **Start reading at** `SimWorld`.
@NullMarked
package dev.millrace.simulator.world;

import org.jspecify.annotations.NullMarked;
