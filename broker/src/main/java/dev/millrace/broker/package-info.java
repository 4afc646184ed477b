/// The broker as a process on a real machine: the one place where everything is wired.
///
/// **Role.** Takes the data directories, gives the engine its doors, binds the listeners; stops in the reverse order.
/// **Start reading at** `Broker.start`.
@NullMarked
package dev.millrace.broker;

import org.jspecify.annotations.NullMarked;
