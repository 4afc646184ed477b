/// The rules for partitions of a cluster are met by states that break them.
@NullMarked
package dev.millrace.simulator.invariant;

import org.jspecify.annotations.NullMarked;
