@NullMarked
package dev.millrace.engine.coordinator.group;

import org.jspecify.annotations.NullMarked;
