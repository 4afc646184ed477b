package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.load.LoadJob.Volume;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.wire.RecordBatches.Codec;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// One pass over a log that nobody has compacted.
///
/// @param recordBytes of key and value
record CompactionWorkload(String id, String title, int recordBytes, Codec codec)
        implements Workload {
    private static final int BATCH_BYTES = 64 << 10;

    /// How many records a key has.
    private static final int VERSIONS = 5;

    /// A log that is worth a pass: a gigabyte in quick mode, for a smaller one is over before a JVM has compiled the pass.
    private static final int VOLUME_SHARE = 4;

    /// For code that is compiled when it is measured.
    private static final int WARM_SHARE = 2;

    private static final Map<String, String> FILLING =
            Map.of(
                    "cleanup.policy", "compact",
                    "segment.bytes", "16777216",
                    "min.cleanable.dirty.ratio", "1.0");
    private static final Map<String, String> DUE = Map.of("min.cleanable.dirty.ratio", "0.01");

    static List<Workload> rows() {
        return List.of(
                new CompactionWorkload(
                        "compaction.1k", "compact records of 1 KB", 1024, Codec.NONE),
                new CompactionWorkload(
                        "compaction.100b", "compact records of 100 B", 100, Codec.NONE),
                new CompactionWorkload(
                        "compaction.100b.lz4", "compact records of 100 B, lz4", 100, Codec.LZ4));
    }

    @Override
    public Load load() {
        return Load.CLIENT;
    }

    @Override
    public boolean warm() {
        return true;
    }

    @Override
    public String note() {
        return "compaction: one partition in segments of 16 MB, five records a key on average in random order; from the moment at which the"
                + " topic's settings make it due to the last change of the log's size. CPU is the whole process's, per GB of log that was"
                + " there before, four times as large as a produce row's. A topic half as large was compacted before the clock started.";
    }

    @Override
    public Map<Metric, Double> measure(Session session) throws IOException {
        long bytes = session.scale().produceBytes() * VOLUME_SHARE;
        LoadJob.Target first = filled(session, bytes / WARM_SHARE);
        session.run(new LoadJob.AwaitCompacted(first, DUE));
        session.deleteTopic(first);
        LoadJob.Target target = filled(session, bytes);
        Map<Metric, Double> result = session.moved(new LoadJob.AwaitCompacted(target, DUE));
        session.deleteTopic(target);
        return result;
    }

    private LoadJob.Target filled(Session session, long bytes) throws IOException {
        LoadJob.Target target = session.createTopic(id, 1, FlushMode.OS, 1);
        int keys = (int) (bytes / recordBytes / VERSIONS);
        var volume = new Volume(recordBytes, BATCH_BYTES, bytes);
        session.run(new LoadJob.FillKeys(target, volume, codec, keys, FILLING));
        return target;
    }
}
