/// Classes that do what engine code must not: the rule that forbids it is tested on them.
@NullMarked
package dev.millrace.engine.impure;

import org.jspecify.annotations.NullMarked;
