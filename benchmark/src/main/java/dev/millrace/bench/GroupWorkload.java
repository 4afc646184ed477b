package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.load.LoadJob.GroupKind;
import dev.millrace.bench.load.LoadResult;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.peer.Running;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/// What the coordinator of groups costs.
public sealed interface GroupWorkload extends Workload {
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

    /// Many groups whose members do nothing but heartbeats, as often as clients do by default.
    record Heartbeats(
            String id, String title, GroupKind kind, int groups, int members, int heartbeatMs)
            implements GroupWorkload {
        /// Until then a broker of either kind is busier with compiling its code than with heartbeats.
        private static final double WARM_SECONDS = 60;

        @Override
        public Map<Metric, Double> measure(Session session)
                throws IOException, InterruptedException {
            LoadJob.Target target = session.createTopic(id, members, FlushMode.OS, 1);
            session.run(
                    new LoadJob.StartGroups(
                            target, kind, session.unique(id), groups, members, heartbeatMs));
            Session.pause(WARM_SECONDS);
            Running running = session.running();
            long cpuNs = running.cpuNanos();
            long startedNs = System.nanoTime();
            Session.pause(session.scale().idleSeconds());
            double share = 100.0 * (running.cpuNanos() - cpuNs) / (System.nanoTime() - startedNs);
            Map<Metric, Double> result = new EnumMap<>(Metric.class);
            result.put(Metric.RSS, running.rssMb());
            result.put(Metric.PSS, running.pssMb());
            result.put(Metric.CPU_SHARE, share);
            session.run(new LoadJob.StopGroups(target));
            session.deleteTopic(target);
            return result;
        }
    }

    /// One large group, and one member more that comes and goes.
    record Rebalance(String id, String title, GroupKind kind, int members, int heartbeatMs)
            implements GroupWorkload {
        private static final int PARTITIONS_A_MEMBER = 2;
        private static final int WARM_TIMES = 2;
        private static final int TIMES = 5;

        @Override
        public Map<Metric, Double> measure(Session session) throws IOException {
            LoadJob.Target target =
                    session.createTopic(id, members * PARTITIONS_A_MEMBER, FlushMode.OS, 1);
            var group =
                    new LoadJob.StartGroups(
                            target, kind, session.unique(id), 1, members - 1, heartbeatMs);
            LoadResult done = session.run(new LoadJob.Rebalances(group, WARM_TIMES, TIMES));
            session.deleteTopic(target);
            Map<Metric, Double> result = new EnumMap<>(Metric.class);
            result.put(Metric.STABLE, done.percentilesMs().getOrDefault("p50", Double.NaN));
            return result;
        }
    }

    /// Commits at a fixed rate, answered from the page cache or after they are on disk.
    record Commits(String id, String title, FlushMode flush, int perSecond)
            implements GroupWorkload {
        private static final int PARTITIONS = 10;
        private static final int GROUPS = 20;

        @Override
        public Map<Metric, Double> measure(Session session) throws IOException {
            LoadJob.Target target = session.createTopic(id, PARTITIONS, FlushMode.OS, 1);
            session.run(
                    new LoadJob.SetOffsetsTopic(
                            target, session.running().peer().dialect().topicConfigs(flush)));
            long cpuNs = session.running().cpuNanos();
            LoadResult done =
                    session.run(
                            new LoadJob.CommitRate(
                                    target,
                                    GROUPS,
                                    perSecond,
                                    session.scale().latencyWarmSeconds(),
                                    session.scale().latencySeconds()));
            double share = 100.0 * (session.running().cpuNanos() - cpuNs) / done.elapsedNs();
            session.deleteTopic(target);
            Map<Metric, Double> result = new EnumMap<>(Metric.class);
            result.put(Metric.P50, done.percentilesMs().getOrDefault("p50", Double.NaN));
            result.put(Metric.P99, done.percentilesMs().getOrDefault("p99", Double.NaN));
            result.put(Metric.P999, done.percentilesMs().getOrDefault("p99.9", Double.NaN));
            result.put(Metric.CPU_SHARE, share);
            return result;
        }
    }

    /// The process is stopped and started again with so many offsets committed.
    record Reload(String id, String title, int groups, int partitions) implements GroupWorkload {
        // Enough that one of them falls to each of the 50 partitions of the coordinator's topic, or
        // nearly.
        private static final int ASKED = 250;

        @Override
        public Map<Metric, Double> measure(Session session)
                throws IOException, InterruptedException {
            LoadJob.Target target = session.createTopic(id, partitions, FlushMode.OS, 1);
            session.run(new LoadJob.FillOffsets(target, groups));
            session.running().restart();
            Map<Metric, Double> result = new EnumMap<>(Metric.class);
            result.put(Metric.READY, session.running().sinceStartMs());
            session.run(new LoadJob.AwaitOffsets(target, ASKED));
            result.put(Metric.ANSWERED, session.running().sinceStartMs());
            result.put(Metric.RSS, session.running().rssMb());
            return result;
        }
    }
}
