package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.load.LoadProcess;
import dev.millrace.bench.load.LoadResult;
import dev.millrace.bench.peer.Dialect;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.peer.Running;
import dev.millrace.bench.wire.RecordBatches.Codec;
import dev.millrace.bench.wire.TopicRef;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One started peer and the load process beside it: what a workload measures with.
public final class Session {
    private static final int FILL_IN_FLIGHT = 5;
    private static final int TOUCH_BATCHES = 3;
    private static final int TOUCH_BATCH_BYTES = 8 << 10;

    private final Running running;
    private final LoadProcess load;
    private final Scale scale;
    private final Map<Filling, LoadJob.Target> filled = new HashMap<>();
    private final List<LoadJob.Target> touched = new ArrayList<>();
    private int topics;

    /// What tells one filled topic from another.
    private record Filling(Codec codec, int partitions) {}

    Session(Running running, LoadProcess load, Scale scale) {
        this.running = running;
        this.load = load;
        this.scale = scale;
    }

    Running running() {
        return running;
    }

    LoadProcess load() {
        return load;
    }

    Scale scale() {
        return scale;
    }

    int nodes() {
        return running.nodes().size();
    }

    /// A fresh topic in a flush mode, a replica on each node. The floor has none to make: there the id says whether it flushes.
    LoadJob.Target createTopic(String name, int partitions, FlushMode flush, int acks)
            throws IOException {
        String unique = unique(name);
        Dialect dialect = running.peer().dialect();
        if (dialect == Dialect.FLOOR) {
            int flushes = flush == FlushMode.ACK && acks == -1 ? 1 : 0;
            return new LoadJob.Target(
                    running.ports(), new TopicRef(unique, 1, topics * 2L + flushes), partitions);
        }
        Map<String, String> configs = new HashMap<>(dialect.topicConfigs(flush));
        configs.put("file.delete.delay.ms", "100");
        if (nodes() > 1) {
            configs.put("min.insync.replicas", "2");
        }
        LoadJob.Target unnamed =
                new LoadJob.Target(running.ports(), new TopicRef(unique, 0, 0), partitions);
        LoadResult made = run(new LoadJob.CreateTopic(unnamed, configs));
        return new LoadJob.Target(
                running.ports(),
                new TopicRef(unique, made.topicIdHigh(), made.topicIdLow()),
                partitions);
    }

    /// First batches to each partition, enough for an index entry: files that are made on first use are there from now on.
    void touch(LoadJob.Target target) throws IOException {
        long bytes = (long) TOUCH_BATCHES * TOUCH_BATCH_BYTES * target.partitions();
        LoadJob.Volume volume = new LoadJob.Volume(TOUCH_BATCH_BYTES, 2 * TOUCH_BATCH_BYTES, bytes);
        run(new LoadJob.RawProduce(target, volume, Codec.NONE, 1, FILL_IN_FLIGHT));
    }

    /// A name that no other row has, nor this one the last time.
    String unique(String name) {
        return name + "-" + ++topics;
    }

    /// Deleted at once, so that unwritten pages of one row do not weigh on the next.
    void deleteTopic(LoadJob.Target target) throws IOException {
        if (running.peer().dialect() != Dialect.FLOOR) {
            run(new LoadJob.DeleteTopic(target));
        }
    }

    /// A topic with `produceBytes` in it, filled once a session.
    LoadJob.Target filledTopic(Codec codec, int partitions) throws IOException {
        Filling filling = new Filling(codec, partitions);
        LoadJob.Target known = filled.get(filling);
        if (known == null) {
            known = createTopic("filled", partitions, FlushMode.OS, 1);
            LoadJob.Volume volume = new LoadJob.Volume(1024, 64 << 10, scale.produceBytes());
            run(new LoadJob.RawProduce(known, volume, codec, 1, FILL_IN_FLIGHT));
            filled.put(filling, known);
        }
        return known;
    }

    /// Topics of so many partitions each with records in them, made where they are not there yet. The floor has none.
    List<LoadJob.Target> touchedTopics(int count, int partitions) throws IOException {
        while (touched.size() < count) {
            LoadJob.Target target = createTopic("touched", partitions, FlushMode.OS, 1);
            touch(target);
            touched.add(target);
        }
        return List.copyOf(touched.subList(0, count));
    }

    /// Traffic that is not measured, so that both sides meet the rows with compiled code, and so does the client.
    void warmUp() throws IOException {
        LoadJob.Target target = createTopic("warm-up", 2, FlushMode.OS, 1);
        LoadJob.Volume volume = new LoadJob.Volume(1024, 64 << 10, scale.warmBytes() * nodes());
        run(new LoadJob.RawProduce(target, volume, Codec.NONE, 1, FILL_IN_FLIGHT));
        run(new LoadJob.RawFetch(target, 1 << 20, volume.totalBytes() * 2));
        if (running.peer().dialect() != Dialect.FLOOR) {
            run(new LoadJob.ClientProduce(target, volume, Codec.NONE, 1, 5, false, false));
            run(new LoadJob.ClientConsume(target, 1, volume.totalBytes()));
        }
        deleteTopic(target);
    }

    /// Runs a job and reads the broker's CPU time before and after.
    Map<Metric, Double> moved(LoadJob job) throws IOException {
        long cpuNs = running.cpuNanos();
        LoadResult done = run(job);
        double brokerNs = running.cpuNanos() - cpuNs;
        Map<Metric, Double> result = new EnumMap<>(Metric.class);
        // ns per byte is s per GB.
        result.put(Metric.CPU_PER_GB, brokerNs / done.bytes());
        result.put(Metric.THROUGHPUT, done.bytes() * 1e3 / done.elapsedNs());
        result.put(Metric.CLIENT_CPU_PER_GB, (double) done.clientCpuNs() / done.bytes());
        return result;
    }

    /// As [#moved], of a job whose every record is a request of its own.
    Map<Metric, Double> asked(LoadJob job) throws IOException {
        long cpuNs = running.cpuNanos();
        LoadResult done = run(job);
        double brokerNs = running.cpuNanos() - cpuNs;
        Map<Metric, Double> result = new EnumMap<>(Metric.class);
        // us per request is s per million.
        result.put(Metric.CPU_PER_MILLION, brokerNs / 1e3 / done.records());
        result.put(Metric.REQUESTS, done.records() * 1e9 / done.elapsedNs());
        return result;
    }

    LoadResult run(LoadJob job) throws IOException {
        LoadResult result = load.run(job);
        if (!result.error().isEmpty()) {
            throw new IOException(job.getClass().getSimpleName() + ": " + result.error());
        }
        return result;
    }

    static void pause(double seconds) throws InterruptedException {
        Thread.sleep(Math.round(seconds * 1000));
    }
}
