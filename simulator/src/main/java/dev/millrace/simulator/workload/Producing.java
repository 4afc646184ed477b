package dev.millrace.simulator.workload;

/// Who a producer is for the broker.
public record Producing(long id, short epoch) {}
