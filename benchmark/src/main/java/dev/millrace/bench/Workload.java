package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.load.LoadJob.Volume;
import dev.millrace.bench.load.LoadResult;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.peer.Running;
import dev.millrace.bench.wire.RecordBatches.Codec;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/// One thing that is measured on a running peer: a row of the table, or a few that come from the same measurement.
public interface Workload {
    /// Dotted and stable: what `--only` matches and what a report is compared by.
    String id();

    String title();

    /// What makes the load, as the table shows it.
    Load load();

    /// True for rows that want compiled code: a warm-up comes before the first of them.
    boolean warm();

    /// The row whose floor figure this one is compared with: its own id where the floor runs it, empty where none does.
    default String floorRow() {
        return "";
    }

    /// What a reader must know of the row beyond its title, for the notes below the table; rows may share it. Empty for nothing.
    default String note() {
        return "";
    }

    Map<Metric, Double> measure(Session session) throws IOException, InterruptedException;

    /// Who makes the load.
    enum Load {
        /// Nobody.
        NONE("-"),
        /// Pre-encoded requests over sockets: the broker is what is measured.
        RAW("raw"),
        /// The official Java client: what a user sees; on few cores the client may be the bottleneck.
        CLIENT("client");

        private final String label;

        Load(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /// How long the process took to come up; measured while it did.
    record Start(String id, String title) implements Workload {
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
            return "start: from exec to the first ApiVersions and Metadata, and to the first acknowledged record in a new topic."
                    + " Kafka's storage is formatted before its clock starts; Millrace formats within its time.";
        }

        @Override
        public Map<Metric, Double> measure(Session session) {
            Map<Metric, Double> result = new EnumMap<>(Metric.class);
            result.put(Metric.READY, session.running().readyMs());
            result.put(Metric.FIRST_ACK, session.running().firstAckMs());
            return result;
        }
    }

    /// What the process uses while nobody asks for anything.
    record Idle(String id, String title, boolean warm) implements Workload {
        @Override
        public Load load() {
            return Load.NONE;
        }

        @Override
        public Map<Metric, Double> measure(Session session) throws InterruptedException {
            Running running = session.running();
            Session.pause(session.scale().idleSettleSeconds());
            long cpuNs = running.cpuNanos();
            long startedNs = System.nanoTime();
            Session.pause(session.scale().idleSeconds());
            double share = 100.0 * (running.cpuNanos() - cpuNs) / (System.nanoTime() - startedNs);
            Map<Metric, Double> result = new EnumMap<>(Metric.class);
            result.put(Metric.RSS, running.rssMb());
            result.put(Metric.PSS, running.pssMb());
            result.put(Metric.CPU_SHARE, share);
            result.put(Metric.THREADS, (double) running.threads());
            return result;
        }
    }

    /// One record of 100 bytes a request: what a producer without linger sends. The bytes are nothing, the requests everything.
    record SmallRequests(String id, String title, FlushMode flush, int acks) implements Workload {
        private static final int RECORD_BYTES = 100;
        private static final int BATCH_BYTES = 128;
        // Where each waits for the disk, fewer of them take as long.
        private static final int FLUSHED_SHARE = 4;
        private static final int IN_FLIGHT = 5;
        private static final int PARTITIONS = 2;

        @Override
        public Load load() {
            return Load.RAW;
        }

        @Override
        public boolean warm() {
            return true;
        }

        @Override
        public String floorRow() {
            return id;
        }

        @Override
        public Map<Metric, Double> measure(Session session) throws IOException {
            LoadJob.Target target = session.createTopic(id, PARTITIONS, flush, acks);
            long all = session.scale().smallRequests();
            long requests = flush == FlushMode.ACK ? all / FLUSHED_SHARE : all;
            Volume volume = new Volume(RECORD_BYTES, BATCH_BYTES, requests * RECORD_BYTES);
            Map<Metric, Double> result =
                    session.asked(
                            new LoadJob.RawProduce(target, volume, Codec.NONE, acks, IN_FLIGHT));
            session.deleteTopic(target);
            return result;
        }
    }

    /// Reads a topic that was filled before: from the page cache, or from the disk when `cold`.
    record Consume(
            String id,
            String title,
            Load load,
            Codec codec,
            int partitions,
            int consumers,
            boolean cold,
            String floorRow)
            implements Workload {
        private static final int MAX_BYTES = 1 << 20;
        private static final double LEAST_FROM_DISK = 0.9;

        @Override
        public boolean warm() {
            return true;
        }

        @Override
        public String note() {
            return cold
                    ? "consume from disk: the log was written back and dropped from the page cache by posix_fadvise(DONTNEED); a run"
                            + " in which less than nine tenths came from the disk fails."
                    : consumers == 1
                            ? ""
                            : "several consumers: each has its share of the partitions and a thread of its own in the one client"
                                    + " process; throughput is that of all together.";
        }

        @Override
        public Map<Metric, Double> measure(Session session) throws IOException {
            LoadJob.Target target = session.filledTopic(codec, partitions);
            return cold
                    ? fromDisk(session, target)
                    : session.moved(job(target, session.scale().consumeBytes()));
        }

        private LoadJob job(LoadJob.Target target, long bytes) {
            return load == Load.RAW
                    ? new LoadJob.RawFetch(target, MAX_BYTES, bytes)
                    : new LoadJob.ClientConsume(target, consumers, bytes);
        }

        /// Each byte once: the second time it would come from the page cache.
        private Map<Metric, Double> fromDisk(Session session, LoadJob.Target target)
                throws IOException {
            long bytes = session.scale().produceBytes();
            session.running().dropPageCache();
            double beforeMb = session.running().diskReadMb();
            Map<Metric, Double> result = session.moved(job(target, bytes));
            double readMb = session.running().diskReadMb() - beforeMb;
            if (readMb < LEAST_FROM_DISK * bytes / 1e6) {
                throw new IOException(
                        "only %.0f MB of %.0f came from the disk".formatted(readMb, bytes / 1e6));
            }
            return result;
        }
    }

    /// End-to-end latency at a fixed rate.
    record Latency(
            String id, String title, FlushMode flush, int acks, int perSecond, int recordBytes)
            implements Workload {
        /// At a low rate the row takes as long as these need; p99 is then the second greatest.
        private static final int LEAST_RECORDS = 120;

        private static final int LEAST_FOR_P999 = 1_000;

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
            return "end to end: 1 partition, linger 0, from the instant a record was due (so a stall counts in full) to the"
                    + " consumer's poll. At 10/s there are 120 records: too few for p99.9.";
        }

        @Override
        public Map<Metric, Double> measure(Session session) throws IOException {
            LoadJob.Target target = session.createTopic(id, 1, flush, acks);
            LoadResult done =
                    session.run(
                            new LoadJob.EndToEnd(
                                    target,
                                    acks,
                                    perSecond,
                                    recordBytes,
                                    session.scale().latencyWarmSeconds(),
                                    seconds(session.scale())));
            session.deleteTopic(target);
            Map<Metric, Double> result = new EnumMap<>(Metric.class);
            result.put(Metric.P50, percentile(done, "p50"));
            result.put(Metric.P99, percentile(done, "p99"));
            if (seconds(session.scale()) * perSecond >= LEAST_FOR_P999) {
                result.put(Metric.P999, percentile(done, "p99.9"));
            }
            return result;
        }

        private double seconds(Scale scale) {
            return Math.max(scale.latencySeconds(), (double) LEAST_RECORDS / perSecond);
        }

        private static double percentile(LoadResult result, String name) {
            return result.percentilesMs().getOrDefault(name, Double.NaN);
        }
    }
}
