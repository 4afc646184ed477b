/// The load generators, in a process of their own that both sides share.
///
/// **Role.** `LoadMain` reads one job per line and answers one result per line; its CPU is not in any broker figure.
/// Jobs come in two kinds: raw (pre-encoded requests over sockets: the broker is what is measured) and client (the official
/// Java client: what a user sees).
/// **Start reading at** `LoadJob`.
@NullMarked
package dev.millrace.bench.load;

import org.jspecify.annotations.NullMarked;
