package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.log.RecordBatchWriter;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// Facts as the records that a shard writes.
final class Written {
    private Written() {}

    static SimpleRecord record(GroupRecord fact, long timestampMs) {
        var messages = new GroupRecordFormat().write(fact);
        var batch = new RecordBatchWriter();
        batch.begin(timestampMs);
        batch.add(messages.key(), messages.value(), Integer.MAX_VALUE);
        Record written = batch.end().records().iterator().next();
        return new SimpleRecord(written);
    }
}
