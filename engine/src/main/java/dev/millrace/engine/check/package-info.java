/// Rules that hold or stop the process.
@NullMarked
package dev.millrace.engine.check;

import org.jspecify.annotations.NullMarked;
