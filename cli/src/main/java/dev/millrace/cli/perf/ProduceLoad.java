package dev.millrace.cli.perf;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/// One producer of a test: sends records when they are due, or one after the other where there is no rate, and measures until each is
/// acknowledged.
///
/// **Owner.** The thread that calls [#run]; acknowledgements come on the client's own thread and go to the meter and the refusals.
/// A record is measured when it begins (is due, or is handed to the client) after the warm-up.
final class ProduceLoad {
    private static final long LONGEST_PAUSE_NS = 100_000_000;

    private final Producer<byte[], byte[]> producer;
    private final Records records;
    private final Course course;
    private final Results results;
    private final Stopwatch clock;
    private final StopSignal stop;

    /// Makes the record with an index.
    @FunctionalInterface
    interface Records {
        ProducerRecord<byte[], byte[]> record(long index);
    }

    /// From when a latency counts.
    enum From {
        /// From the instant at which the record was due: an open loop.
        DUE,
        /// From the instant at which it was handed to the client.
        SENT
    }

    /// What one producer sends, and when.
    ///
    /// @param schedule null to send as fast as the client takes it
    /// @param from the instant from which a record with a schedule is measured
    /// @param first the index of its first record
    /// @param step how many producers take turns: it sends every so many-th record of the schedule
    /// @param measureFromNs when warm-up is over
    /// @param extent of what is measured
    record Course(
            @Nullable Schedule schedule,
            From from,
            int first,
            int step,
            long measureFromNs,
            Extent extent) {}

    /// Takes acknowledgements, on the client's own thread.
    @FunctionalInterface
    interface Acknowledged {
        /// @param beginNs when the record was due or handed to the client
        void record(long index, int size, long beginNs);
    }

    /// Where results go, shared by the producers of a test.
    ///
    /// @param sendDelays how long after it was due a record was handed to the client
    /// @param address where the cluster is, for sentences
    record Results(
            Acknowledged acknowledged, Latencies sendDelays, Refusals refusals, String address) {}

    ProduceLoad(
            Producer<byte[], byte[]> producer,
            Records records,
            Course course,
            Results results,
            Stopwatch clock,
            StopSignal stop) {
        this.producer = producer;
        this.records = records;
        this.course = course;
        this.results = results;
        this.clock = clock;
        this.stop = stop;
    }

    /// Sends everything, and waits for the acknowledgements.
    void run() {
        long untilNs = course.extent().untilNs(course.measureFromNs());
        long index = course.first();
        for (long measured = 0; measured < course.extent().records(); index += course.step()) {
            var schedule = course.schedule();
            long beginNs = schedule == null ? clock.nowNs() : schedule.dueNs(index);
            if (beginNs >= untilNs || results.refusals().hopeless()) {
                break;
            }
            if (schedule != null) {
                awaitDue(beginNs);
            }
            if (stop.requested()) {
                break;
            }
            send(index, course.from() == From.DUE ? beginNs : clock.nowNs());
            measured += beginNs >= course.measureFromNs() ? 1 : 0;
        }
        producer.flush();
    }

    private void awaitDue(long dueNs) {
        long nowNs = clock.nowNs();
        while (nowNs < dueNs && !stop.requested()) {
            clock.pauseNs(Math.min(dueNs - nowNs, LONGEST_PAUSE_NS));
            nowNs = clock.nowNs();
        }
        if (dueNs >= course.measureFromNs()) {
            results.sendDelays().record(nowNs - dueNs);
        }
    }

    private void send(long index, long beginNs) {
        var record = records.record(index);
        int size = record.value().length;
        try {
            var _ = producer.send(record, (_, failure) -> answered(index, size, beginNs, failure));
        } catch (KafkaException refusedAtOnce) {
            answered(index, size, beginNs, refusedAtOnce);
        }
    }

    private void answered(long index, int size, long beginNs, @Nullable Exception failure) {
        if (failure == null) {
            results.refusals().acknowledged();
            results.acknowledged().record(index, size, beginNs);
        } else {
            results.refusals().add(failure, results.address());
        }
    }
}
