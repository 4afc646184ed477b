/// A hostile disk in memory.
///
/// **Role.** Keeps the contract of `Storage` to the letter and not an inch further: what was not synced is lost, torn or reordered at
/// a crash, names too; syncs fail and the bytes are gone; space ends; bits flip.
/// **Owner.** One simulated node; one thread.
/// **May touch.** `engine.env`.
/// **Start reading at** `SimDisk`.
@NullMarked
package dev.millrace.simulator.disk;

import org.jspecify.annotations.NullMarked;
