/// The log on a hostile disk: power loss between any two operations, and planted bugs that these runs must catch.
@NullMarked
package dev.millrace.simulator.log;

import org.jspecify.annotations.NullMarked;
