package dev.millrace.bench;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/// The process is stopped and started on what it has written, which is next to nothing: what a start costs by itself.
///
/// @param cold with the program's files and the data dropped from the page cache in between
record StartAgain(String id, String title, boolean cold) implements Workload {
    private static final double LEAST_FROM_DISK_MB = 1;

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
        return "start again: stopped by SIGTERM and started on its own data, one topic, until a record in that topic is"
                + " acknowledged. From disk: the files of the program (jars, AOT cache) and the data were dropped from the page cache"
                + " by posix_fadvise(DONTNEED) in between; those of the JVM stay, for the benchmark runs on the same.";
    }

    @Override
    public Map<Metric, Double> measure(Session session) throws IOException, InterruptedException {
        session.running().restartToFirstRecord(cold);
        if (cold && session.running().diskReadMb() < LEAST_FROM_DISK_MB) {
            throw new IOException("the program did not come from the disk");
        }
        Map<Metric, Double> result = new EnumMap<>(Metric.class);
        result.put(Metric.READY, session.running().readyMs());
        result.put(Metric.FIRST_ACK, session.running().firstAckMs());
        return result;
    }
}
