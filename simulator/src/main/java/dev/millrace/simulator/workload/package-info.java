/// Simulated clients: producers with and without transactions, readers, and who commits and looks at offsets.
///
/// **Role.** Behave as official clients do, by requests of the wire protocol, and write down what they live through as a history for
/// `simulator.checker`.
/// **May touch.** `simulator.world`, `simulator.checker`, and the Kafka client library's messages.
/// **Start reading at** `ClusterBrokers`, then `SimProducer`.
@NullMarked
package dev.millrace.simulator.workload;

import org.jspecify.annotations.NullMarked;
