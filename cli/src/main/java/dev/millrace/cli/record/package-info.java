/// Lines to records, and records to text.
///
/// **Role.** Reads standard input byte for byte, cuts keys and headers from lines, prints records in the forms users ask for.
/// **May touch.** The official client's public classes; nothing here talks to a cluster.
/// **Start reading at** `LineReader` and `LineParser` for input, `RecordPrinter` for output.
@NullMarked
package dev.millrace.cli.record;

import org.jspecify.annotations.NullMarked;
