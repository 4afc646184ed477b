package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.load.LoadResult;
import dev.millrace.bench.wire.TopicRef;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/// What partitions cost that nobody uses: to make, to have, and to find again at the next start.
sealed interface ManyPartitions extends Workload {
    int EACH = 1_000;

    /// A side that needs longer fails the row.
    int PATIENCE_S = 600;

    double SETTLE_SECONDS = 10;
    double WATCH_SECONDS = 15;

    int topics();

    @Override
    default Load load() {
        return Load.NONE;
    }

    @Override
    default boolean warm() {
        return false;
    }

    @Override
    default String floorRow() {
        return "";
    }

    @Override
    default String note() {
        return "many partitions: topics of 1,000 partitions each, one after the other, never written to. CPU and memory of 15 s without"
                + " a request, 10 s after the last of them was made, or after the process answered ApiVersions and Metadata again"
                + " (stopped by SIGTERM). Each side has ten minutes for the stop and ten for the start.";
    }

    default LoadResult makeTopics(Session session) throws IOException {
        var target =
                new LoadJob.Target(
                        session.running().ports(), new TopicRef("many-" + topics(), 0, 0), EACH);
        return session.run(new LoadJob.CreateTopics(target, topics(), PATIENCE_S));
    }

    static void watch(Session session, Map<Metric, Double> result) throws InterruptedException {
        Session.pause(SETTLE_SECONDS);
        long cpuNs = session.running().cpuNanos();
        long startedNs = System.nanoTime();
        Session.pause(WATCH_SECONDS);
        double share =
                100.0 * (session.running().cpuNanos() - cpuNs) / (System.nanoTime() - startedNs);
        result.put(Metric.CPU_SHARE, share);
        result.put(Metric.RSS, session.running().rssMb());
    }

    /// They are made.
    record Create(String id, String title, int topics) implements ManyPartitions {
        @Override
        public Map<Metric, Double> measure(Session session)
                throws IOException, InterruptedException {
            Map<Metric, Double> result = new EnumMap<>(Metric.class);
            result.put(Metric.CREATED, makeTopics(session).elapsedNs() / 1e6);
            watch(session, result);
            return result;
        }
    }

    /// The process is stopped and started with them.
    record Restart(String id, String title, int topics) implements ManyPartitions {
        @Override
        public Map<Metric, Double> measure(Session session)
                throws IOException, InterruptedException {
            makeTopics(session);
            session.running().restartWithin(PATIENCE_S);
            Map<Metric, Double> result = new EnumMap<>(Metric.class);
            result.put(Metric.READY, session.running().sinceStartMs());
            watch(session, result);
            return result;
        }
    }
}
