/// Transactions of simulated clients at a whole broker that loses power, from one seed; what the clients saw is checked as a history.
@NullMarked
package dev.millrace.simulator.transaction;

import org.jspecify.annotations.NullMarked;
