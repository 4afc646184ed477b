/// The command line: the `millrace` verbs, and the tools with Kafka's names beside them.
///
/// **Role.** Turns words typed in a shell into calls of the official client, and answers into text or JSON.
/// **May touch.** `cli.cluster` (what is asked of a cluster), `cli.record` (lines to records and back), picocli, Jackson.
/// **May not touch.** The broker or the engine: a command reaches a cluster the way any user's program does.
/// **Start reading at** `Main`, then `Commands`.
@NullMarked
package dev.millrace.cli;

import org.jspecify.annotations.NullMarked;
