@NullMarked
package dev.millrace.engine.coordinator.txn;

import org.jspecify.annotations.NullMarked;
