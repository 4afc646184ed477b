/// Retention against a model of ten lines, with the power lost before any operation of the disk. Start reading at `RetentionTest`.
@NullMarked
package dev.millrace.simulator.retention;

import org.jspecify.annotations.NullMarked;
