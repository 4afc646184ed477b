/// The doors to the world: everything the engine knows of time, chance, disks, other threads and other nodes.
///
/// **Role.** Interfaces and their contracts, no behaviour. A host (the broker for real, the simulator in virtual time)
/// implements them; abstract contract suites in the engine's tests are what entitles one to stand in for the other.
/// **May touch.** The Java library and nothing else of ours.
@NullMarked
package dev.millrace.engine.env;

import org.jspecify.annotations.NullMarked;
