/// Runs whole clusters from seeds: what is drawn, what phases a run has, what comes out, and the command `./simulate`.
///
/// **May touch.** Everything in the simulator.
/// **Start reading at** `ClusterRun`.
@NullMarked
package dev.millrace.simulator.run;

import org.jspecify.annotations.NullMarked;
