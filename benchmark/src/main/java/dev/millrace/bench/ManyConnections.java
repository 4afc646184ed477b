package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.peer.Running;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/// What many connections cost that do next to nothing. In a process just started again, whose memory no
/// traffic has moved yet.
sealed interface ManyConnections extends Workload {
    /// Measured for at least this long, so that every connection has had its turn.
    double SECONDS = 10;

    @Override
    default Load load() {
        return Load.RAW;
    }

    @Override
    default boolean warm() {
        return false;
    }

    @Override
    default String floorRow() {
        return "";
    }

    double FRESH_SECONDS = 2;

    /// Starts the process again and waits until it has calmed down.
    static void makeFresh(Running running) throws IOException, InterruptedException {
        running.restart();
        Session.pause(FRESH_SECONDS);
    }

    /// Memory now, and CPU from now on for a while.
    static Map<Metric, Double> watch(Running running, double rssBeforeMb, int connections)
            throws InterruptedException {
        Map<Metric, Double> result = new EnumMap<>(Metric.class);
        long cpuNs = running.cpuNanos();
        long startedNs = System.nanoTime();
        Session.pause(SECONDS);
        double share = 100.0 * (running.cpuNanos() - cpuNs) / (System.nanoTime() - startedNs);
        result.put(Metric.CPU_SHARE, share);
        result.put(Metric.RSS, running.rssMb());
        result.put(Metric.PSS, running.pssMb());
        result.put(Metric.THREADS, (double) running.threads());
        result.put(
                Metric.MEMORY_PER_CONNECTION, (running.rssMb() - rssBeforeMb) * 1024 / connections);
        return result;
    }

    /// Connections that ask for metadata now and then, as clients without traffic do.
    record Idle(String id, String title, int connections, int everyMs) implements ManyConnections {
        private static final int WARM_EVERY_MS = 400;
        private static final double WARM_SECONDS = 20;
        private static final double SETTLE_SECONDS = 2;

        @Override
        public String note() {
            return "idle connections: each asked for ApiVersions and Metadata when it was opened, then for Metadata every 0.4 s for"
                    + " 20 s (so that the code is compiled), then as the title says while CPU is measured. Memory per connection: growth"
                    + " of resident memory from before the first to the end, garbage not yet collected included.";
        }

        @Override
        public Map<Metric, Double> measure(Session session)
                throws IOException, InterruptedException {
            makeFresh(session.running());
            LoadJob.Target target = session.createTopic(id, 1, FlushMode.OS, 1);
            double rssMb = session.running().rssMb();
            session.run(new LoadJob.OpenConnections(target, connections));
            session.run(new LoadJob.PaceConnections(target, WARM_EVERY_MS));
            Session.pause(WARM_SECONDS);
            session.run(new LoadJob.PaceConnections(target, everyMs));
            Session.pause(SETTLE_SECONDS);
            Map<Metric, Double> result = watch(session.running(), rssMb, connections);
            session.run(new LoadJob.CloseConnections(target));
            session.deleteTopic(target);
            return result;
        }
    }

    /// Consumers that wait in a fetch nearly always, and get a record now and then.
    record Waiting(String id, String title, int consumers, int partitions, int recordsPerSecond)
            implements ManyConnections {
        private static final int MAX_WAIT_MS = 500;
        private static final int WARM_RECORDS_PER_SECOND = 100;
        private static final double WARM_SECONDS = 20;
        private static final double SETTLE_SECONDS = 3;

        @Override
        public String note() {
            return "waiting consumers: each on a connection of its own, a hundred to a partition, always in a fetch without a session that"
                    + " waits up to 500 ms, while one producer sends as many records in all as the title says. Before, another topic"
                    + " gets 100 records/s for 20 s from as many consumers (so that the code is compiled).";
        }

        @Override
        public Map<Metric, Double> measure(Session session)
                throws IOException, InterruptedException {
            makeFresh(session.running());
            LoadJob.Target target = session.createTopic(id, partitions, FlushMode.OS, 1);
            double rssMb = session.running().rssMb();
            session.run(
                    new LoadJob.StartWaiters(
                            target, consumers, MAX_WAIT_MS, WARM_RECORDS_PER_SECOND));
            Session.pause(WARM_SECONDS);
            session.run(new LoadJob.StopWaiters(target));
            LoadJob.Target measured = session.createTopic(id, partitions, FlushMode.OS, 1);
            session.run(
                    new LoadJob.StartWaiters(measured, consumers, MAX_WAIT_MS, recordsPerSecond));
            Session.pause(SETTLE_SECONDS);
            Map<Metric, Double> result = watch(session.running(), rssMb, consumers);
            session.run(new LoadJob.StopWaiters(measured));
            session.deleteTopic(target);
            session.deleteTopic(measured);
            return result;
        }
    }
}
