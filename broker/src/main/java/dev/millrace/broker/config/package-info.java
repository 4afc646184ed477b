/// What this broker was told: the command line, a `server.properties`, or nothing.
///
/// **Role.** Reads settings, refuses wrong ones with one sentence, and gives the rest typed. With nothing given nothing is
/// parsed, and Kafka's definitions of its keys are not loaded.
/// **Owner.** Immutable once read; any thread.
/// **Start reading at** `BrokerConfig.from`.
@NullMarked
package dev.millrace.broker.config;

import org.jspecify.annotations.NullMarked;
