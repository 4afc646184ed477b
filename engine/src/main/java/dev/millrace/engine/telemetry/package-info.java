/// What clients measure of themselves and push to the broker (KIP-714).
///
/// **Role.** Tells each client which metrics it is asked for, takes what it pushes, and keeps the newest of it for reading.
/// **Owner.** [ClientTelemetry] holds all state, under its own turn.
/// **May touch.** `engine.env`, `engine.metadata` (the subscriptions are configuration), the library's codecs, and `engine.log` for what
/// it knows of them.
/// **Start reading at** `ClientTelemetry.subscribe`.
@NullMarked
package dev.millrace.engine.telemetry;

import org.jspecify.annotations.NullMarked;
