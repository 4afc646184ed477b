package dev.millrace.engine.balance;

import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.common.TopicPartition;

/// What all brokers hold, at one look.
///
/// @param atMs by the monotonic clock
/// @param brokers by broker id: its replicas
public record Sample(long atMs, SortedMap<Integer, Map<TopicPartition, Figures>> brokers) {}
