package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.EndGap;
import dev.millrace.bench.load.LoadJob.StartGap;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How long a partition is without an acknowledgement while a broker goes: a producer that lives on between two jobs.
final class GapJobs {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(90);

    /// Whoever has acknowledged so lately is served; records are due far more often.
    private static final long LATELY_NS = TimeUnit.SECONDS.toNanos(1);

    private static final long POLL_MS = 10;

    private @Nullable SteadyProducer producer;

    LoadResult start(StartGap job) throws IOException, InterruptedException {
        stop();
        var started = new SteadyProducer(job);
        producer = started;
        awaitAll(started);
        started.gaps().begin(System.nanoTime());
        return LoadResult.moved(started.acknowledged(), 0, 0);
    }

    LoadResult end(EndGap job) throws IOException, InterruptedException {
        SteadyProducer running = producer;
        if (running == null) {
            throw new IOException("no producer was started");
        }
        long settleMs = Math.round(job.settleSeconds() * 1_000);
        Thread.sleep(settleMs);
        awaitAll(running);
        Thread.sleep(settleMs);
        long nowNs = System.nanoTime();
        AckGaps gaps = running.gaps();
        Map<String, Double> longest =
                Map.of(
                        "led", longestMs(gaps, job, true, nowNs),
                        "followed", longestMs(gaps, job, false, nowNs));
        String failure = running.failure();
        stop();
        if (!failure.isEmpty()) {
            throw new IOException(failure);
        }
        return new LoadResult("", running.acknowledged(), 0, 0, 0, 0, 0, longest);
    }

    private static double longestMs(AckGaps gaps, EndGap job, boolean led, long nowNs) {
        return IntStream.range(0, job.target().partitions())
                        .filter(p -> (job.target().leaderOf(p) == job.broker()) == led)
                        .mapToLong(p -> gaps.longestNs(p, nowNs))
                        .max()
                        .orElse(0)
                / 1e6;
    }

    private static void awaitAll(SteadyProducer running) throws IOException, InterruptedException {
        long untilNs = System.nanoTime() + PATIENCE_NS;
        while (!running.gaps().allWithin(LATELY_NS, System.nanoTime())) {
            if (!running.failure().isEmpty()) {
                throw new IOException(running.failure());
            }
            if (System.nanoTime() > untilNs) {
                throw new IOException("not every partition acknowledges again");
            }
            Thread.sleep(POLL_MS);
        }
    }

    private void stop() throws InterruptedException {
        SteadyProducer running = producer;
        producer = null;
        if (running != null) {
            running.stop();
        }
    }
}
