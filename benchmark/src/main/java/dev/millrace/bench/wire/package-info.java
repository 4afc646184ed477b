/// The few Kafka requests that the raw load generator, the readiness probe and the floor need, as bytes.
///
/// **Role.** Encodes and reads frames by hand, so that the generator costs next to nothing beside the broker that it
/// measures, and so that no internal class of the client library is used. Tests decode every frame with that library.
/// **Start reading at** `RecordBatches`, then `ProduceFrame`.
@NullMarked
package dev.millrace.bench.wire;

import org.jspecify.annotations.NullMarked;
