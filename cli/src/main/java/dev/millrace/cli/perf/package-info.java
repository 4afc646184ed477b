/// Load for a cluster, and what it did with it: the work behind `millrace perf`.
///
/// **Role.** Sends and receives records by the official client, at a rate or as fast as it goes, and counts: amounts, latencies,
/// refusals, losses.
/// **Owner.** One thread a client; they meet in [Meter], [Refusals] and [StopSignal], which any thread may use. The thread that called
/// the test looks at the meter every second and makes the summary.
/// **May touch.** `cli.cluster`, the official client, HdrHistogram; time through [Stopwatch] only.
/// **May not touch.** Options and printing, which are the verbs' in `cli`.
/// **Start reading at** `ProduceTest`, then `ProduceLoad`. What is measured from when to when is in `docs/perf.md`.
@NullMarked
package dev.millrace.cli.perf;

import org.jspecify.annotations.NullMarked;
