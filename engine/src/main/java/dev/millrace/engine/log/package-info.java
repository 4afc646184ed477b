/// One partition's log: segments, indexes, leader epochs, producer state, retention, recovery.
///
/// **Role.** Turns record batches into durable, ordered offsets in Kafka's on-disk format; answers "where is offset N?".
/// **Owner.** One partition owns every object here; the host admits one caller at a time, so nothing here locks. The two
/// exceptions, safe from any thread, are reading a [StoredRecords] and [FlushPlan#run()].
/// **May touch.** `engine.check`, `engine.env`, and the Kafka client library's record and message classes.
/// **May not touch.** `engine.replica` and above: a log does not know that it is replicated.
/// **Start reading at** `docs/log.md`, then `Log.append`, `Log.read`.
@NullMarked
package dev.millrace.engine.log;

import org.jspecify.annotations.NullMarked;
