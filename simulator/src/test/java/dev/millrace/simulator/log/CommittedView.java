package dev.millrace.simulator.log;

import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.ReadResult;
import dev.millrace.engine.testing.Transactions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.common.record.internal.Record;

/// What a reader of committed records gets of a log, beside what the model says that it should.
record CommittedView(Log log, Truth truth) {
    /// Of a log that was just opened: T5, the last stable offset is where the oldest open transaction begins; and T7.
    void check(Random random) throws IOException {
        long oldest = Long.MAX_VALUE;
        long oldestReadable = Long.MAX_VALUE;
        for (List<Written> batches : truth.open().values()) {
            oldest = Math.min(oldest, batches.getFirst().baseOffset());
            for (Written batch : batches) {
                if (batch.lastOffset() >= log.logStart()) {
                    oldestReadable = Math.min(oldestReadable, batch.baseOffset());
                    break;
                }
            }
        }
        long unstable = log.firstUnstableOffset();
        LogNode.expect(
                Math.max(oldest, log.logStart()) <= unstable
                        && unstable <= Math.max(oldestReadable, log.logStart()),
                "T5 first unstable offset is %d, the oldest open transaction began at %d"
                        .formatted(unstable, oldest));
        checkRead(random);
    }

    /// T7: below the last stable offset a reader gets what was committed, and what is of no transaction.
    void checkRead(Random random) throws IOException {
        long stable = Math.min(log.logEnd(), log.firstUnstableOffset());
        List<Long> wanted = new ArrayList<>();
        Map<Written, Written> decided = truth.decided();
        for (Written batch : truth.batches) {
            Written marker = decided.get(batch);
            boolean committed = marker == null || Objects.requireNonNull(marker.marker()).commit();
            if (batch.marker() == null && committed) {
                for (long o = batch.baseOffset(); o <= batch.lastOffset(); o++) {
                    if (log.logStart() <= o && o < stable) {
                        wanted.add(o);
                    }
                }
            }
        }
        List<Long> read = read(stable, random);
        LogNode.expect(wanted.equals(read), "T7 committed are %s, read %s".formatted(wanted, read));
    }

    private List<Long> read(long stable, Random random) throws IOException {
        List<Long> seen = new ArrayList<>();
        long next = log.logStart();
        while (log.read(next, stable, 1 + random.nextInt(2000), true)
                instanceof ReadResult.Found(var records, long end)) {
            var aborted =
                    log.abortedTransactions(next, end).stream()
                            .map(a -> new Transactions.Aborted(a.producerId(), a.firstOffset()))
                            .toList();
            for (Record record : Transactions.committed(records.load().batches(), aborted)) {
                if (record.offset() >= next) {
                    seen.add(record.offset());
                }
            }
            next = end;
        }
        return seen;
    }
}
