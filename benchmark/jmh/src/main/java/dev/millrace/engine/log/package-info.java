/// Benchmarks inside the engine's package of that name.
@NullMarked
package dev.millrace.engine.log;

import org.jspecify.annotations.NullMarked;
