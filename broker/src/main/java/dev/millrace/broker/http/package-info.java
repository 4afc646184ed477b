/// The broker's HTTP door: off the Kafka port, and off the path of every Kafka request.
///
/// **Role.** Takes the address at the start; that is all it costs until somebody connects. The first connection loads Helidon
/// SE, which speaks HTTP/1.1 on every connection from then on.
/// **Owner.** One platform thread accepts, a virtual one serves each connection.
/// **May not touch.** The engine: what is answered comes from a [Site].
/// **Start reading at** `HttpDoor.bind`, then `HelidonConnections.serve`.
@NullMarked
package dev.millrace.broker.http;

import org.jspecify.annotations.NullMarked;
