package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The process starts again on partitions that all have records, after a clean stop or after SIGKILL.
///
/// The topics of a row stay for those behind it, which ask for as many or more.
///
/// @param topics of 1,000 partitions each
record RestartWorkload(String id, String title, int topics, Stop stop) implements Workload {
    private static final int EACH = 1_000;

    /// A side that needs longer fails the row.
    private static final int PATIENCE_S = 300;

    /// How it ended before.
    enum Stop {
        CLEAN,
        KILLED
    }

    static List<Workload> rows() {
        return List.of(
                row("2000.clean", 2, Stop.CLEAN),
                row("2000.killed", 2, Stop.KILLED),
                row("10000.clean", 10, Stop.CLEAN),
                row("10000.killed", 10, Stop.KILLED));
    }

    private static Workload row(String id, int topics, Stop stop) {
        String after = stop == Stop.CLEAN ? "after a clean stop" : "after kill -9";
        return new RestartWorkload(
                "restart." + id,
                "started again with %,d partitions %s".formatted(topics * EACH, after),
                topics,
                stop);
    }

    @Override
    public Load load() {
        return Load.NONE;
    }

    @Override
    public boolean warm() {
        return false;
    }

    @Override
    public String note() {
        return "restart: topics of 1,000 partitions, three batches of 8 KB in each, and three more just before SIGKILL. Ready: from exec to"
                + " ApiVersions and Metadata. All partitions answered: until the official client has the end of every partition, about half"
                + " a second of which is its own; where those ends are not what they were before, the row fails. CPU is the broker's from exec"
                + " to then. Each side has five minutes for the stop and five for the start.";
    }

    @Override
    public Map<Metric, Double> measure(Session session) throws IOException, InterruptedException {
        List<LoadJob.Target> targets = session.touchedTopics(topics, EACH);
        if (stop == Stop.KILLED) {
            for (LoadJob.Target target : targets) {
                session.touch(target);
            }
        }
        long ends = ends(session, targets);
        switch (stop) {
            case CLEAN -> session.running().restartWithin(PATIENCE_S);
            case KILLED -> session.running().restartAfterKill(PATIENCE_S);
        }
        Map<Metric, Double> result = new EnumMap<>(Metric.class);
        result.put(Metric.READY, session.running().sinceStartMs());
        long found = ends(session, targets);
        result.put(Metric.ALL_ANSWERED, session.running().sinceStartMs());
        result.put(Metric.CPU_SECONDS, session.running().cpuNanos() / 1e9);
        result.put(Metric.RSS, session.running().rssMb());
        if (found != ends) {
            throw new IOException(
                    "%,d records before it ended, %,d afterwards".formatted(ends, found));
        }
        return result;
    }

    private static long ends(Session session, List<LoadJob.Target> targets) throws IOException {
        List<String> names = targets.stream().map(target -> target.topic().name()).toList();
        return session.run(new LoadJob.AwaitPartitions(targets.getFirst(), names, PATIENCE_S))
                .records();
    }
}
