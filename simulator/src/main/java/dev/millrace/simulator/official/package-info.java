/// Official Java clients that write down what they live through, as a history for `simulator.checker`.
///
/// **Role.** The workload of tests with real processes: producers with and without transactions, copiers that read, write and commit in
/// one transaction, readers. Whatever happens to a client, it goes on with a new life under a new process number.
/// **Owner.** One thread for each client; all share one `Recorder` and one `Tally`.
/// **May touch.** The official client, and `simulator.checker`.
/// **Start reading at** `TransactionWriter`.
@NullMarked
package dev.millrace.simulator.official;

import org.jspecify.annotations.NullMarked;
