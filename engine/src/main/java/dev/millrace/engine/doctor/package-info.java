/// What is wrong in a data directory, in words, and how it is put right.
///
/// **Role.** Puts together what the packages below find in their own files ([dev.millrace.engine.log.LogInspection],
/// [dev.millrace.engine.quorum.QuorumInspection], [dev.millrace.engine.replica.CheckpointInspection]), and compares them with each other.
/// **Owner.** One thread, while no broker has the directory. **May touch.** Everything in the engine that knows a file.
/// **Start reading at** `docs/doctor.md`, then `Doctor.examine`.
@NullMarked
package dev.millrace.engine.doctor;

import org.jspecify.annotations.NullMarked;
