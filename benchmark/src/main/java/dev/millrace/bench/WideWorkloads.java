package dev.millrace.bench;

import java.util.List;

/// The matrix beside the main rows: sizes, lingers, partitions, codecs, cold reads, many connections, other rates.
final class WideWorkloads {
    private WideWorkloads() {}

    static List<Workload> rows() {
        return List.of();
    }
}
