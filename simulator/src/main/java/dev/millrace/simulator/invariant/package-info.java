/// The rules that hold for a cluster as a whole, as somebody outside sees it who can look at every disk.
///
/// **Role.** Knows what was ever told to a client or a peer (high watermarks, acknowledgements), reads the logs off the simulated
/// disks by itself, and says which numbered rule is broken.
/// **May touch.** `simulator.world`, `simulator.disk`, the engine's metadata image, and the Kafka client library's messages.
/// **Start reading at** `ClusterRules`.
@NullMarked
package dev.millrace.simulator.invariant;

import org.jspecify.annotations.NullMarked;
