package dev.millrace.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Rows that run together in sessions of their own, and have a table of their own. Each suite's rows are one file.
public enum Suite {
    /// What `./bench` runs: under ten minutes with three pairs.
    MAIN("bench"),
    /// The rest of the matrix; about six minutes a pair, in a full run too.
    WIDE("bench-wide"),
    GROUPS("bench-groups"),
    TRANSACTIONS("bench-transactions"),
    COMPACTION("bench-compaction"),
    /// What grows: ten and a hundred times as many of something.
    SCALE("bench-scale"),
    /// The process starts again on many partitions with records in them.
    RESTART("bench-restart"),
    /// Three nodes, three replicas: what they cost together.
    CLUSTER("bench-cluster"),
    /// Three nodes, of which one goes.
    FAILOVER("bench-failover");

    private final String marker;

    Suite(String marker) {
        this.marker = marker;
    }

    /// Those that have rows, in the order in which a full run takes them.
    public static List<Suite> all() {
        return Arrays.stream(values()).filter(suite -> !suite.rows().isEmpty()).toList();
    }

    /// As `--suite` and a report name it.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The name of its section's markers in docs/performance.md.
    public String marker() {
        return marker;
    }

    /// In the order in which a session runs them.
    public List<Workload> rows() {
        return switch (this) {
            case MAIN -> MainWorkloads.rows();
            case WIDE -> WideWorkloads.rows();
            case GROUPS -> GroupWorkloads.rows();
            case TRANSACTIONS -> TransactionWorkload.rows();
            case COMPACTION -> CompactionWorkload.rows();
            case SCALE -> ScaleWorkloads.rows();
            case RESTART -> RestartWorkload.rows();
            case CLUSTER -> ClusterWorkloads.rows();
            case FAILOVER -> FailoverWorkload.rows();
        };
    }

    /// Of each side: brokers that are controllers too.
    int nodes() {
        return switch (this) {
            case MAIN, WIDE, GROUPS, TRANSACTIONS, COMPACTION, SCALE, RESTART -> 1;
            case CLUSTER, FAILOVER -> 3;
        };
    }

    Scale scale(boolean full) {
        return switch (this) {
            case MAIN, GROUPS, TRANSACTIONS, COMPACTION, CLUSTER -> full ? Scale.FULL : Scale.QUICK;
            case WIDE, SCALE, RESTART, FAILOVER ->
                    full ? Scale.QUICK.withPairs(Scale.FULL.pairs()) : Scale.QUICK;
        };
    }
}
