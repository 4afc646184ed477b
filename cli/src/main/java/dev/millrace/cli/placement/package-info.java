/// Where replicas lie, and how they come to lie elsewhere: the planners of `millrace cluster drain` and `rebalance`, and what carries
/// their plans out.
///
/// **Role.** `DrainPlan` and `RebalancePlan` are functions from a [Placement] to [Move]s; `Moves` asks the cluster for them in batches.
/// **May not touch.** Anything but the official client's Admin.
/// **Start reading at** `Placement`.
@NullMarked
package dev.millrace.cli.placement;

import org.jspecify.annotations.NullMarked;
