@NullMarked
package dev.millrace.engine.coordinator;

import org.jspecify.annotations.NullMarked;
