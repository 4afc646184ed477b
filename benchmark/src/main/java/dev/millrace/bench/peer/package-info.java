/// A broker under measurement as an outside process: how to start it, when it is ready, what it uses.
///
/// **Role.** `Peer` says how a side is started, `Running` is one started process tree with its CPU time, memory and
/// threads read from the operating system.
/// **May touch.** Processes, `/proc`, loopback sockets.
@NullMarked
package dev.millrace.bench.peer;

import org.jspecify.annotations.NullMarked;
