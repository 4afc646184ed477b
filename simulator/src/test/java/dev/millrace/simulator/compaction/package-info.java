/// Compaction under crashes, against a model of what may go and when.
@NullMarked
package dev.millrace.simulator.compaction;

import org.jspecify.annotations.NullMarked;
