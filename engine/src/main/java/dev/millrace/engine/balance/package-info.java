/// The cluster evens itself out.
///
/// **Role.** [Balancer] asks the brokers what they bear, has [BalancePlan] decide what is to move, and has the controller move it.
/// **Owner.** The watch of the active controller; answers of brokers come on other threads and are only kept.
/// **May touch.** `engine.metadata`, `engine.env`, the message classes of DescribeLogDirs.
/// **May not touch.** Partitions and logs: what a broker holds is asked for over the network, its own too.
/// **Start reading at** [BalancePlan], then [Balancer]. The rules are in `docs/balancing.md`.
@NullMarked
package dev.millrace.engine.balance;

import org.jspecify.annotations.NullMarked;
