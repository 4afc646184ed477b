/// Groups: who is a member, who reads what, and how far they have come.
///
/// **Role.** The state and the decisions of one shard of `__consumer_offsets`: classic groups (JoinGroup, SyncGroup, Heartbeat,
/// LeaveGroup), committed offsets, and what administrators ask and do. `docs/groups.md` has the states and what a crash leaves.
/// **Owner.** One shard owns every object here but [Groups]; nothing locks.
/// **May touch.** `engine.coordinator`, `engine.env`, the Kafka client library, and the generated classes of the records.
/// **May not touch.** Logs and replicas; it knows facts.
/// **Start reading at** [dev.millrace.engine.coordinator.group.Groups], then `GroupShard.replay`, then `ClassicJoins`.
@NullMarked
package dev.millrace.engine.coordinator.group;

import org.jspecify.annotations.NullMarked;
