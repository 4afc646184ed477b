/// Whole clusters from seeds, as a part of the build.
@NullMarked
package dev.millrace.simulator.run;

import org.jspecify.annotations.NullMarked;
