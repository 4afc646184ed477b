/// What one operation of the broker's inner loops costs: nanoseconds, and bytes allocated.
///
/// **Role.** Benchmarks of whole requests on a node in memory. Those that reach into a package stand in that package
/// ([dev.millrace.engine.log.LogBenchmark]); `./bench --jmh` runs all of them.
@NullMarked
package dev.millrace.jmh;

import org.jspecify.annotations.NullMarked;
