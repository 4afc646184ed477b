/// Planted bugs: does the simulation catch them? `docs/mutants.md` lists them.
@NullMarked
package dev.millrace.simulator.mutant;

import org.jspecify.annotations.NullMarked;
