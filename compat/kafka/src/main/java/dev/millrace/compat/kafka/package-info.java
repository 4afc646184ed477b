/// Apache Kafka itself, beside Millrace: its broker as a process, and its published tests over processes.
///
/// **Role.** Runs Kafka's own integration tests unchanged against a broker outside of their JVM, whichever it is.
/// **Owner.** One [OutsideCluster] per test; JUnit runs one test at a time.
/// **May touch.** Everything of Apache Kafka; nothing of Millrace: the broker under test is a command and a port.
/// **May not touch.** Broker internals: what a test asks of them is answered over the Admin protocol, or the test aborts.
/// **Start reading at** `PublishedTests.main`, then `OutsideCluster`.
@NullMarked
package dev.millrace.compat.kafka;

import org.jspecify.annotations.NullMarked;
