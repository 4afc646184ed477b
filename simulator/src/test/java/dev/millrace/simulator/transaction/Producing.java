package dev.millrace.simulator.transaction;

/// Who a producer is for the broker.
record Producing(long id, short epoch) {}
