/// What a command asks of a cluster, once for every front end.
///
/// **Role.** One implementation each of connecting, describing a topic, a group's lag, resetting offsets, explaining a failure.
/// **May touch.** The official client's public classes; HTTP and Jackson for what Kafka's protocol has no question for
/// (`RebalanceHistory`).
/// **May not touch.** `cli.tools` and the verbs: it does not know how its answers are printed.
/// **Start reading at** `Connection`, then `Topics`.
@NullMarked
package dev.millrace.cli.cluster;

import org.jspecify.annotations.NullMarked;
