package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.load.LoadJob.Volume;
import dev.millrace.bench.load.LoadResult;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.wire.RecordBatches.Codec;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/// The same work beside ten and a hundred times as many of something else: what counts is a side's figure by its own with
/// fewer.
sealed interface Growth extends Workload {
    @Override
    default Load load() {
        return Load.RAW;
    }

    @Override
    default boolean warm() {
        return true;
    }

    @Override
    default String floorRow() {
        return "";
    }

    /// Records produced while connections are open that ask for nothing.
    record Connections(String id, String title, int connections) implements Growth {
        private static final int PARTITIONS = 2;
        private static final int IN_FLIGHT = 5;

        @Override
        public String note() {
            return "growth by connections: each asked for ApiVersions and Metadata once and is silent from then on, while two others"
                    + " produce.";
        }

        @Override
        public Map<Metric, Double> measure(Session session) throws IOException {
            LoadJob.Target target = session.createTopic(id, PARTITIONS, FlushMode.OS, 1);
            session.touch(target);
            session.run(new LoadJob.OpenConnections(target, connections));
            var volume = new Volume(1024, 64 << 10, session.scale().produceBytes());
            Map<Metric, Double> result =
                    session.moved(new LoadJob.RawProduce(target, volume, Codec.NONE, 1, IN_FLIGHT));
            session.run(new LoadJob.CloseConnections(target));
            session.deleteTopic(target);
            return result;
        }
    }

    /// Offsets committed by groups in turn.
    record Groups(String id, String title, int groups) implements Growth {
        private static final int PARTITIONS = 1;
        private static final int PER_SECOND = 2_000;

        @Override
        public String note() {
            return "growth by groups: 2,000 commits a second of one partition each, flush os, by as many groups in turn as the row"
                    + " says; each has committed before the clock starts.";
        }

        @Override
        public Map<Metric, Double> measure(Session session) throws IOException {
            LoadJob.Target target = session.createTopic(id, PARTITIONS, FlushMode.OS, 1);
            session.run(
                    new LoadJob.SetOffsetsTopic(
                            target, session.running().peer().dialect().topicConfigs(FlushMode.OS)));
            double seconds = session.scale().latencySeconds();
            session.run(new LoadJob.CommitRate(target, groups, PER_SECOND, 0, seconds));
            long cpuNs = session.running().cpuNanos();
            LoadResult done =
                    session.run(new LoadJob.CommitRate(target, groups, PER_SECOND, 0, seconds));
            double brokerNs = session.running().cpuNanos() - cpuNs;
            session.deleteTopic(target);
            Map<Metric, Double> result = new EnumMap<>(Metric.class);
            result.put(Metric.CPU_PER_MILLION, brokerNs / 1e3 / done.records());
            return result;
        }
    }
}
