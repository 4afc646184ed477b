/// A whole cluster in one process, for learning and for tests: `millrace up --brokers 3`.
///
/// **Role.** `LocalPlan` says what each node is told, `LocalCluster` runs the nodes, `ControlDoor` lets `millrace cluster stop-broker`
/// and `start-broker` of the same user stop and start them.
/// **May not touch.** Anything that a broker on a machine of its own would not have: the nodes talk over sockets only.
/// **Start reading at** `LocalCluster.start`.
@NullMarked
package dev.millrace.dist.local;

import org.jspecify.annotations.NullMarked;
