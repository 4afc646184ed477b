/// The engine's doors on a real machine: clocks, timers, worker threads, chance, locks.
///
/// **Role.** Implements `engine.env`, but for storage, which is in `broker.storage`.
/// **Start reading at** `Host`.
@NullMarked
package dev.millrace.broker.host;

import org.jspecify.annotations.NullMarked;
