/// How far groups are behind: in records, in seconds, and how long it will take them at their present pace.
///
/// **Role.** Compares what groups have committed with the logs that they read, when somebody asks; nothing is sampled else.
/// **Owner.** One turn for all that is remembered between two questions.
/// **May touch.** `engine.coordinator.group` for what is committed, `engine.replica` for the logs.
/// **Start reading at** `GroupLags.of`, then `LagRule`.
@NullMarked
package dev.millrace.engine.lag;

import org.jspecify.annotations.NullMarked;
