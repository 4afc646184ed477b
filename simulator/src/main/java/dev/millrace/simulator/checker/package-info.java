/// What clients saw, and whether it can have been.
///
/// **Role.** A history is a list of operations of many clients, each from its invocation to what the client learned of it. The
/// checker finds anomalies in it, by the rules that Jepsen's tests of Kafka-like systems established: lost and duplicated writes,
/// aborted reads, torn transactions, cycles of information, offsets that go back. It knows nothing of brokers: the history may come
/// from a simulation, from real processes, or from another Kafka.
/// **May touch.** The Java library, and `TopicPartition`.
/// **Start reading at** `Operation`, then `Checker.check`.
@NullMarked
package dev.millrace.simulator.checker;

import org.jspecify.annotations.NullMarked;
