package dev.millrace.cli.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// When records are sent, and from when each is measured: a cluster that takes a millisecond for each, and a second for the fourth.
class ProduceLoadTest {
    private static final long MS = 1_000_000;

    private final ManualStopwatch clock = new ManualStopwatch();
    private final Refusals refusals = new Refusals();
    private final List<Long> indexes = new ArrayList<>();
    private final List<Long> latenciesMs = new ArrayList<>();

    private final class StallingProducer extends MockProducer<byte[], byte[]> {
        private final int refuseFrom;
        private int sent;

        StallingProducer(int refuseFrom) {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
            this.refuseFrom = refuseFrom;
        }

        @Override
        public synchronized Future<RecordMetadata> send(
                ProducerRecord<byte[], byte[]> record, @Nullable Callback done) {
            clock.passMs(sent++ == 3 ? 1_001 : 1);
            if (done != null && sent > refuseFrom) {
                done.onCompletion(null, new RecordTooLargeException("too large"));
                return super.send(record, null);
            }
            return super.send(record, done);
        }
    }

    private int run(ProduceLoad.Course course, int refuseFrom) {
        ProduceLoad.Acknowledged acknowledged =
                (index, _, beginNs) -> {
                    indexes.add(index);
                    latenciesMs.add((clock.nowNs() - beginNs) / MS);
                };
        try (var producer = new StallingProducer(refuseFrom)) {
            new ProduceLoad(
                            producer,
                            _ -> new ProducerRecord<>("t", new byte[10]),
                            course,
                            new ProduceLoad.Results(
                                    acknowledged, new Latencies(), refusals, "here"),
                            clock,
                            new StopSignal())
                    .run();
            return producer.history().size();
        }
    }

    private static ProduceLoad.Course tenPerSecond(
            int first, int step, long warmUpMs, Extent extent) {
        return new ProduceLoad.Course(
                new Schedule(0, 10), ProduceLoad.From.DUE, first, step, warmUpMs * MS, extent);
    }

    private static Extent records(long count) {
        return new Extent(count, Long.MAX_VALUE);
    }

    @Test
    void aStallCountsForEveryRecordThatWasDueDuringIt() {
        run(tenPerSecond(0, 1, 0, records(15)), Integer.MAX_VALUE);
        assertEquals(
                List.of(
                        1L, 1L, 1L, 1_001L, 902L, 803L, 704L, 605L, 506L, 407L, 308L, 209L, 110L,
                        11L, 1L),
                latenciesMs);
    }

    @Test
    void measuredFromSentAStallCountsOnceEvenAtARate() {
        run(
                new ProduceLoad.Course(
                        new Schedule(0, 10), ProduceLoad.From.SENT, 0, 1, 0, records(6)),
                Integer.MAX_VALUE);
        assertEquals(List.of(1L, 1L, 1L, 1_001L, 1L, 1L), latenciesMs);
    }

    @Test
    void withoutARateAStallCountsOnce() {
        run(
                new ProduceLoad.Course(null, ProduceLoad.From.SENT, 0, 1, 0, records(6)),
                Integer.MAX_VALUE);
        assertEquals(List.of(1L, 1L, 1L, 1_001L, 1L, 1L), latenciesMs);
    }

    @Test
    void producersTakeTurnsOnOneSchedule() {
        run(tenPerSecond(1, 3, 0, records(3)), Integer.MAX_VALUE);
        assertEquals(List.of(1L, 4L, 7L), indexes);
        assertEquals(701 * MS, clock.nowNs());
    }

    @Test
    void aDurationEndsBeforeTheFirstRecordDueAfterIt() {
        run(tenPerSecond(0, 1, 0, new Extent(Long.MAX_VALUE, 2_000 * MS)), Integer.MAX_VALUE);
        assertEquals(20, indexes.size());
    }

    @Test
    void recordsOfTheWarmUpAreSentBesideThoseAskedFor() {
        run(tenPerSecond(0, 1, 500, records(3)), Integer.MAX_VALUE);
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L), indexes);
    }

    @Test
    void aThousandRefusalsInARowAreEnough() {
        int sent =
                run(
                        new ProduceLoad.Course(
                                null, ProduceLoad.From.SENT, 0, 1, 0, records(5_000)),
                        10);
        assertEquals(10 + Refusals.IN_A_ROW, sent);
        var kind = refusals.kinds().getFirst();
        assertEquals("RecordTooLarge", kind.kind());
        assertEquals(Refusals.IN_A_ROW, kind.records());
    }

    @Test
    void roundingOfTheScheduleDoesNotAddUp() {
        var schedule = new Schedule(5, 3);
        assertEquals(5 + 333_333_333L, schedule.dueNs(1));
        assertEquals(5 + 1_000_000_000_000_000_000L, schedule.dueNs(3_000_000_000L));
    }
}
