/// What tests of several modules share: doors to the world that a test turns by hand, and seeded chance.
@NullMarked
package dev.millrace.engine.testing;

import org.jspecify.annotations.NullMarked;
