/// From samples to what people read: medians, ratios, the table, the Markdown page, JSON.
///
/// **Role.** Pure functions over collected samples, and `MachineDescription`, which asks the machine what it is.
@NullMarked
package dev.millrace.bench.report;

import org.jspecify.annotations.NullMarked;
