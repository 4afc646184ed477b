/// One node's brain, put together.
///
/// **Role.** `Node` makes the parts and ties them: quorum and controller, the image and those who follow it, partitions,
/// coordinators, handlers. It decides nothing itself.
/// **Owner.** The host that opened it steps the quorum and closes it.
/// **May touch.** Every package of the engine. **May not touch.** Sockets, files, threads: `engine.env` is all it knows.
/// **Start reading at** `Node.open`.
@NullMarked
package dev.millrace.engine;

import org.jspecify.annotations.NullMarked;
