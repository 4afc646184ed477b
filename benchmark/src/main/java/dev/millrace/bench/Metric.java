package dev.millrace.bench;

/// What is read off a workload. Ratios are side B by side A, so below 1 is better for B unless `higherIsBetter`.
public enum Metric {
    READY("ready", "ms", false, 0),
    FIRST_ACK("first record acknowledged", "ms", false, 0),
    CREATED("all created", "ms", false, 0),
    RSS("resident memory", "MB", false, 0),
    PSS("proportional memory (PSS)", "MB", false, 0),
    STABLE("all stable", "ms", false, 0),
    ANSWERED("all offsets answered", "ms", false, 0),
    ALL_ANSWERED("all partitions answered", "ms", false, 0),
    CPU_SHARE("CPU", "% of a core", false, 2),
    CPU_SECONDS("CPU", "s", false, 2),
    MEMORY_PER_CONNECTION("memory per connection", "KB", false, 1),
    THREADS("threads", "", false, 0),
    CPU_PER_GB("CPU", "s/GB", false, 2),
    CPU_PER_MILLION("CPU", "s/million", false, 2),
    REQUESTS("throughput", "requests/s", true, 0),
    THROUGHPUT("throughput", "MB/s", true, 0),
    TRANSACTIONS("throughput", "transactions/s", true, 0),
    P50("p50", "ms", false, 2),
    P99("p99", "ms", false, 2),
    P999("p99.9", "ms", false, 2),
    GAP("gap, median", "ms", false, 0),
    GAP_WORST("gap, longest", "ms", false, 0),
    GAP_FOLLOWED("gap of partitions it followed, median", "ms", false, 0),
    ENDED("ended after", "ms", false, 0),
    IN_SYNC("in sync again", "ms", false, 0),
    ANSWER_P50("p50 to the answer", "ms", false, 3),
    ANSWER_P99("p99 to the answer", "ms", false, 3),
    ANSWER_P999("p99.9 to the answer", "ms", false, 3),
    FETCH_P50("p50 to the fetch's answer", "ms", false, 3),
    FETCH_P99("p99 to the fetch's answer", "ms", false, 3),
    FETCH_P999("p99.9 to the fetch's answer", "ms", false, 3),
    /// The load generator's own: in JSON only, and never in a broker's figure.
    CLIENT_CPU_PER_GB("client CPU", "s/GB", false, 2);

    private final String label;
    private final String unit;
    private final boolean higherIsBetter;
    private final int digits;

    Metric(String label, String unit, boolean higherIsBetter, int digits) {
        this.label = label;
        this.unit = unit;
        this.higherIsBetter = higherIsBetter;
        this.digits = digits;
    }

    public String label() {
        return label;
    }

    public String unit() {
        return unit;
    }

    public boolean higherIsBetter() {
        return higherIsBetter;
    }

    /// Digits after the point in a table.
    public int digits() {
        return digits;
    }

    public boolean inTable() {
        return this != CLIENT_CPU_PER_GB;
    }

    /// True where a multiple of the floor says something.
    public boolean againstFloor() {
        return switch (this) {
            case CPU_PER_GB,
                    CPU_PER_MILLION,
                    ANSWER_P50,
                    ANSWER_P99,
                    ANSWER_P999,
                    FETCH_P50,
                    FETCH_P99,
                    FETCH_P999 ->
                    true;
            default -> false;
        };
    }
}
