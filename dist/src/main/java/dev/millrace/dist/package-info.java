/// The `millrace` command: starts a broker, or runs a command of the command line.
///
/// **Role.** The one module that sees all others; assembles them and adds nothing of its own.
/// **Start reading at** `Millrace.main`.
@NullMarked
package dev.millrace.dist;

import org.jspecify.annotations.NullMarked;
