/// Whether this machine can hold what the settings ask for.
///
/// **Role.** [MachineFacts] is the door: what the system says, read once at the start. [SelfTest] judges it and knows no file.
@NullMarked
package dev.millrace.broker.machine;

import org.jspecify.annotations.NullMarked;
