package dev.millrace.engine.testing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;

/// Leaves out what was aborted, as a client does that reads committed records.
public final class Transactions {
    private Transactions() {}

    /// What a read says of a transaction that was aborted.
    public record Aborted(long producerId, long firstOffset) {}

    /// @param batches of one read
    /// @param aborted what came with them
    /// @return the records that a consumer gets to see
    public static List<Record> committed(
            Iterable<MutableRecordBatch> batches, List<Aborted> aborted) {
        var ahead = new PriorityQueue<>(Comparator.comparingLong(Aborted::firstOffset));
        ahead.addAll(aborted);
        Set<Long> aborting = new HashSet<>();
        List<Record> seen = new ArrayList<>();
        for (MutableRecordBatch batch : batches) {
            while (!ahead.isEmpty() && ahead.peek().firstOffset() <= batch.lastOffset()) {
                aborting.add(ahead.remove().producerId());
            }
            if (batch.isControlBatch()) {
                for (Record marker : batch) { // none where it was compacted away
                    if (ControlRecordType.parse(marker.key()) == ControlRecordType.ABORT) {
                        aborting.remove(batch.producerId());
                    }
                }
            } else if (!batch.isTransactional() || !aborting.contains(batch.producerId())) {
                batch.forEach(seen::add);
            }
        }
        return seen;
    }
}
