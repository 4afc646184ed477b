/// Frames over sockets: the edge where clients meet the engine.
///
/// **Role.** Accepts connections, reads request frames, has them handled, writes the answers in order; bounds what a client
/// can take of the machine. Knows frames and waiting, nothing of what a request means.
/// **Owner.** One thread owns a [Connection] and everything in it; a second one writes the answers to pipelined
/// produce requests. [Connections] and [FrameBuffers] are shared and lock for themselves.
/// **May touch.** `engine.api`, sockets, `broker.storage` (to send slices of files).
/// **Start reading at** `Connection.run`.
@NullMarked
package dev.millrace.broker.net;

import org.jspecify.annotations.NullMarked;
