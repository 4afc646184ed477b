/// Other people's clients, tools and tests against the broker, as its users run them.
///
/// **Role.** The last word on the wire: what Apache Kafka's world does with a broker works here, byte for byte.
/// **Owner.** One broker process for all test classes ([SharedBroker]); tests that kill a broker start their own.
/// **May touch.** The broker by its command and its port, and clients as processes or by the official Java library.
/// **May not touch.** Any class of Millrace: these tests run unchanged against Apache Kafka (`-Dcompat.broker=kafka`).
/// **Start reading at** `BrokerUnderTest`, then `ClientsTest`.
@NullMarked
package dev.millrace.compat;

import org.jspecify.annotations.NullMarked;
