/// What the machine can do at best: receive the same bytes, check CRC-32C, write them; read them back, send them.
///
/// **Role.** A lower bound in the same language, on the same sockets and files, driven by the same generator. Not a broker.
@NullMarked
package dev.millrace.bench.floor;

import org.jspecify.annotations.NullMarked;
