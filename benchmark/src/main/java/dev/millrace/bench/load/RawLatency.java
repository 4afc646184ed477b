package dev.millrace.bench.load;

import dev.millrace.bench.wire.FetchFrame;
import dev.millrace.bench.wire.ProduceFrame;
import dev.millrace.bench.wire.RecordBatches;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// Open-loop latency by raw sockets: a sender, a reader of the answers to it, and a consumer that always waits in a fetch.
///
/// Record i is due at a known instant and stands at offset i of a fresh topic, so nobody needs to tell the others anything.
final class RawLatency {
    private static final int PRODUCE_VERSION = 13;
    private static final int MAX_WAIT_MS = 500;
    private static final int MAX_BYTES = 1 << 20;
    private static final int ROOM_BYTES = 64 << 10;
    private static final long HEAD_START_NS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final int DIGITS = 3;

    private final LoadJob.RawLatency job;
    private final long warmRecords;
    private final long records;
    private final double periodNs;
    private final long startNs = System.nanoTime() + HEAD_START_NS;
    private final Histogram toAnswer = histogram();
    private final Histogram toFetch = histogram();

    RawLatency(LoadJob.RawLatency job) {
        this.job = job;
        warmRecords = Math.round(job.warmSeconds() * job.perSecond());
        records = warmRecords + Math.round(job.seconds() * job.perSecond());
        periodNs = 1e9 / job.perSecond();
    }

    private static Histogram histogram() {
        return new Histogram(TimeUnit.MINUTES.toNanos(1), DIGITS);
    }

    LoadResult run() throws IOException, InterruptedException {
        try (RawConnection producing = new RawConnection(job.target().port(), ROOM_BYTES);
                RawConnection fetching =
                        new RawConnection(job.target().port(), MAX_BYTES + ROOM_BYTES)) {
            List<Task> tasks =
                    List.of(
                            () -> send(producing),
                            () -> receiveAnswers(producing),
                            () -> fetch(fetching));
            LoadResult done = Lanes.runAll(tasks.size(), i -> new TaskLane(tasks.get(i)));
            Map<String, Double> percentiles = new HashMap<>();
            put(percentiles, "answer.", toAnswer);
            put(percentiles, "fetch.", toFetch);
            return new LoadResult(
                    "",
                    records,
                    records * job.recordBytes(),
                    done.elapsedNs(),
                    0,
                    0,
                    0,
                    percentiles);
        } catch (UncheckedIOException e) {
            throw new IOException(e.getCause());
        }
    }

    private static void put(Map<String, Double> percentiles, String prefix, Histogram latencies) {
        percentiles.put(prefix + "p50", latencies.getValueAtPercentile(50) / 1e6);
        percentiles.put(prefix + "p99", latencies.getValueAtPercentile(99) / 1e6);
        percentiles.put(prefix + "p99.9", latencies.getValueAtPercentile(99.9) / 1e6);
    }

    private interface Task {
        void run() throws IOException;
    }

    private record TaskLane(Task task) implements Lanes.Lane {
        @Override
        public long[] run() throws IOException {
            task.run();
            return new long[] {0, 0};
        }

        @Override
        public void close() {}
    }

    private long dueNs(long record) {
        return startNs + (long) (record * periodNs);
    }

    private void send(RawConnection connection) throws IOException {
        ByteBuffer batch =
                RecordBatches.build(
                        1,
                        job.recordBytes(),
                        RecordBatches.Codec.NONE,
                        System.currentTimeMillis(),
                        1);
        ByteBuffer frame =
                ProduceFrame.encode(PRODUCE_VERSION, job.acks(), job.target().topic(), 0, batch);
        for (long i = 0; i < records; i++) {
            ProduceFrame.setCorrelationId(frame, (int) i);
            Due.await(dueNs(i));
            connection.send(frame);
        }
    }

    private void receiveAnswers(RawConnection connection) throws IOException {
        for (long i = 0; i < records; i++) {
            ByteBuffer answer = connection.receive();
            record(toAnswer, i, System.nanoTime());
            short error = ProduceFrame.errorOf(answer, PRODUCE_VERSION);
            if (error != 0) throw new IOException("Produce: error " + error);
        }
    }

    private void fetch(RawConnection connection) throws IOException {
        long offset = 0;
        for (int i = 0; offset < records; i++) {
            connection.send(
                    FetchFrame.encode(i, job.target().topic(), 0, offset, MAX_WAIT_MS, MAX_BYTES));
            ByteBuffer response = connection.receive();
            long nowNs = System.nanoTime();
            FetchFrame.Answer answer = FetchFrame.read(response);
            if (answer.error() != 0) throw new IOException("Fetch: error " + answer.error());
            long next = FetchFrame.nextOffset(response, answer, offset);
            for (; offset < next; offset++) record(toFetch, offset, nowNs);
        }
    }

    private void record(Histogram latencies, long record, long nowNs) {
        if (record >= warmRecords) {
            latencies.recordValue(
                    Math.clamp(nowNs - dueNs(record), 1, latencies.getHighestTrackableValue()));
        }
    }
}
