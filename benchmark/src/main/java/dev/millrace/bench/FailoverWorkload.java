package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.load.LoadResult;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.peer.Node;
import dev.millrace.bench.report.Statistics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Each of three nodes goes once, under load: how long the partitions that it led acknowledge nothing.
record FailoverWorkload(String id, String title, Stop stop) implements Workload {
    private static final int PARTITIONS = 30;
    private static final int PER_SECOND = 1_500;
    private static final int PATIENCE_S = 90;
    private static final int STOP_PATIENCE_S = 60;
    private static final double BEFORE_S = 1;
    private static final double SETTLE_S = 3;

    /// How a node goes.
    enum Stop {
        CLEAN,
        KILLED
    }

    static List<Workload> rows() {
        return List.of(
                new FailoverWorkload("failover.killed", "a node of three, kill -9", Stop.KILLED),
                new FailoverWorkload("failover.clean", "a node of three, clean stop", Stop.CLEAN));
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
        return "a node goes: each of the three once, one after the other, when every replica is in sync and led by its first one; one of"
                + " them is the active controller. One producer with all defaults of the official client (acks=all, idempotent), records of"
                + " 100 B, 1,500/s in open loop over 30 partitions, so one every 20 ms each. The gap is the longest time between two"
                + " acknowledgements of any of the 10 partitions that the node led: median and longest of the three times, then of the 20"
                + " that it followed. A refused record fails the row. Ended: from SIGTERM to the end of the process. In sync again: from exec"
                + " of that node until every replica is.";
    }

    @Override
    public Map<Metric, Double> measure(Session session) throws IOException, InterruptedException {
        LoadJob.Target target = session.createTopic(id, PARTITIONS, FlushMode.OS, -1);
        List<Double> led = new ArrayList<>();
        List<Double> followed = new ArrayList<>();
        List<Double> ended = new ArrayList<>();
        List<Double> inSync = new ArrayList<>();
        session.run(new LoadJob.AwaitInSync(target, PATIENCE_S));
        for (int i = 0; i < session.nodes(); i++) {
            Node node = session.running().nodes().get(i);
            LoadResult gap = withoutNode(session, target, i, ended);
            led.add(gap.percentilesMs().getOrDefault("led", Double.NaN));
            followed.add(gap.percentilesMs().getOrDefault("followed", Double.NaN));
            long startedNs = System.nanoTime();
            node.startAgain();
            double beforeMs = (System.nanoTime() - startedNs) / 1e6;
            LoadResult joined = session.run(new LoadJob.AwaitInSync(target, PATIENCE_S));
            inSync.add(beforeMs + joined.elapsedNs() / 1e6);
        }
        session.deleteTopic(target);
        Map<Metric, Double> result = new EnumMap<>(Metric.class);
        result.put(Metric.GAP, median(led));
        result.put(Metric.GAP_WORST, led.stream().max(Double::compare).orElse(Double.NaN));
        result.put(Metric.GAP_FOLLOWED, median(followed));
        if (stop == Stop.CLEAN) {
            result.put(Metric.ENDED, median(ended));
        }
        result.put(Metric.IN_SYNC, median(inSync));
        return result;
    }

    private LoadResult withoutNode(
            Session session, LoadJob.Target target, int index, List<Double> ended)
            throws IOException, InterruptedException {
        Node node = session.running().nodes().get(index);
        try {
            session.run(new LoadJob.StartGap(target, PER_SECOND));
            Session.pause(BEFORE_S);
            ended.add(end(node));
            return session.run(new LoadJob.EndGap(target, index, SETTLE_S));
        } catch (IOException e) {
            if (!node.alive()) { // the rows behind this one want it back
                node.startAgain();
            }
            throw e;
        }
    }

    /// @return how long it took (ms)
    private double end(Node node) throws IOException, InterruptedException {
        long startedNs = System.nanoTime();
        switch (stop) {
            case KILLED -> node.crash();
            case CLEAN -> {
                if (!node.stop(STOP_PATIENCE_S)) {
                    throw new IOException(
                            "a node did not end within %d s of SIGTERM".formatted(STOP_PATIENCE_S));
                }
            }
        }
        return (System.nanoTime() - startedNs) / 1e6;
    }

    private static double median(List<Double> values) {
        return Statistics.spread(values).map(Statistics.Spread::median).orElse(Double.NaN);
    }
}
