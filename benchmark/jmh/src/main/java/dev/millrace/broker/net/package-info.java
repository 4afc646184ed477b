/// A door into the broker's package of that name, for benchmarks.
@NullMarked
package dev.millrace.broker.net;

import org.jspecify.annotations.NullMarked;
