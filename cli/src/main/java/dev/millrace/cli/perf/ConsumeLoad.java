package dev.millrace.cli.perf;

import java.time.Duration;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/// One consumer of a test: polls until the goal of all is reached, nothing has come for too long, or somebody says stop.
///
/// **Owner.** The thread that calls [#run].
final class ConsumeLoad {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Consumer<byte[], byte[]> consumer;
    private final Goal goal;
    private final Arrivals arrivals;
    private final Silence silence;
    private final Stopwatch clock;
    private final StopSignal stop;

    /// @param consumer assigned or subscribed already
    /// @param silence asked unless the goal is a time
    ConsumeLoad(
            Consumer<byte[], byte[]> consumer,
            Goal goal,
            Arrivals arrivals,
            Silence silence,
            Stopwatch clock,
            StopSignal stop) {
        this.consumer = consumer;
        this.goal = goal;
        this.arrivals = arrivals;
        this.silence = silence;
        this.clock = clock;
        this.stop = stop;
    }

    void run() {
        long nowNs = clock.nowNs();
        while (!stop.requested()
                && !goal.reached(nowNs)
                && !(!goal.byTime() && silence.tooLong(nowNs))) {
            var records = consumer.poll(POLL);
            nowNs = clock.nowNs();
            if (!records.isEmpty() && !goal.reached(nowNs)) {
                take(records, nowNs);
            }
            if (goal.byEnds()) {
                consumer.assignment().forEach(at -> goal.position(at, consumer.position(at)));
            }
        }
    }

    private void take(ConsumerRecords<byte[], byte[]> records, long nowNs) {
        for (TopicPartition partition : records.partitions()) {
            var batch = records.records(partition);
            long end = goal.end(partition);
            long offered = batch.stream().takeWhile(record -> record.offset() < end).count();
            long counted = goal.claim(offered);
            long bytes = 0;
            for (ConsumerRecord<byte[], byte[]> record : batch.subList(0, (int) counted)) {
                bytes += size(record);
            }
            if (counted > 0) {
                arrivals.arrived(counted, bytes, nowNs);
            }
        }
    }

    private static long size(ConsumerRecord<?, ?> record) {
        return Math.max(0, record.serializedKeySize())
                + (long) Math.max(0, record.serializedValueSize());
    }
}
