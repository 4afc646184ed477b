/// The distribution's log: a backend of slf4j that costs nothing at the start.
///
/// **Role.** One line per event on standard error. Its loggers are deliberately not location-aware: to one that is, Kafka's code
/// hands every message readily formatted, even when nobody wants it.
/// **May touch.** slf4j, standard error, the clock.
/// **Start reading at** `LineLogger`.
@NullMarked
package dev.millrace.dist.log;

import org.jspecify.annotations.NullMarked;
