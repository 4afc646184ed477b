package dev.millrace.bench.wire;

/// A topic by name and by id (KIP-516): the two halves of its UUID, zero when no id is known.
public record TopicRef(String name, long idHigh, long idLow) {}
