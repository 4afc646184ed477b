/// Files for real: the engine's `Storage` on a disk, and in memory.
@NullMarked
package dev.millrace.broker.storage;

import org.jspecify.annotations.NullMarked;
