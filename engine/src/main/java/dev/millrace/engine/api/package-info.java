/// One handler per API key: what each Kafka request does here.
///
/// **Role.** A handler resolves names, calls the owner of the state, and shapes the answer; it holds no state of its own.
/// **Owner.** Handlers run on the caller's thread (a connection's thread in the broker) and may run many at a time.
/// **May touch.** Everything in the engine below it. **May not touch.** Sockets and frames: that is the host's.
/// **Start reading at** `Router.handle`, then the handler named after the API.
@NullMarked
package dev.millrace.engine.api;

import org.jspecify.annotations.NullMarked;
