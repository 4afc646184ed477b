/// The wire format under test: random requests of every API and version, damaged frames, and the answers of a real Kafka.
///
/// **Role.** Seeded generators and a recorder; the tests that use them stand beside what they test.
/// **Start reading at** `RandomFrames`.
@NullMarked
package dev.millrace.engine.wire;

import org.jspecify.annotations.NullMarked;
