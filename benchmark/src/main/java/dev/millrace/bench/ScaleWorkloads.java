package dev.millrace.bench;

import java.util.List;

/// What grows: partitions, connections, groups, ten and a hundred times as many.
final class ScaleWorkloads {
    private ScaleWorkloads() {}

    static List<Workload> rows() {
        return List.of();
    }
}
