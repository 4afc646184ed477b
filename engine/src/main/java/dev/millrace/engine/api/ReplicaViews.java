package dev.millrace.engine.api;

import dev.millrace.engine.log.ProducerState;
import dev.millrace.engine.replica.LogDirectoryReport;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What administrators ask about this broker's partitions, in the shapes that the handlers want.
record ReplicaViews(Replicas replicas) implements LogDirectories, ActiveProducers {
    private static final long UNKNOWN = -1;

    @Override
    public List<Directory> describe() {
        return replicas.report().stream().map(ReplicaViews::directory).toList();
    }

    /// Null for a partition that is not open here.
    DescribeLogDirsHandler.Traffic.@Nullable Bytes traffic(TopicPartition name) {
        Partition partition = replicas.byName(name.topic(), name.partition()).partition();
        return partition == null
                ? null
                : new DescribeLogDirsHandler.Traffic.Bytes(
                        partition.appendedBytes(), partition.servedBytes());
    }

    private static Directory directory(LogDirectoryReport report) {
        SortedMap<TopicPartition, Replica> logs = new TreeMap<>(LogDirectories.ORDER);
        report.bytes().forEach((name, bytes) -> logs.put(name, new Replica(bytes, 0, false)));
        report.copies()
                .forEach((name, copy) ->
                        logs.put(name, new Replica(copy.bytes(), copy.lag(), true)));
        return new Directory(
                report.path(),
                report.failed() ? Errors.KAFKA_STORAGE_ERROR : Errors.NONE,
                report.totalBytes(),
                report.usableBytes(),
                report.cordoned(),
                logs);
    }

    @Override
    public Answer of(TopicPartition name) {
        Partition partition = replicas.byName(name.topic(), name.partition()).partition();
        if (partition == null) {
            return new Answer(Errors.NOT_LEADER_OR_FOLLOWER, List.of());
        }
        var found =
                partition.askReplica((log, _) ->
                        log.producers().stream()
                                .map(ReplicaViews::producer)
                                .sorted(Comparator.comparingLong(Producer::id))
                                .toList());
        return found.value() == null
                ? new Answer(found.error(), List.of())
                : new Answer(Errors.NONE, found.value());
    }

    private static Producer producer(ProducerState state) {
        return new Producer(
                state.producerId(),
                state.epoch(),
                state.lastSequence(),
                state.lastTimestamp(),
                state.coordinatorEpoch(),
                state.transactionFirstOffset() < 0 ? UNKNOWN : state.transactionFirstOffset());
    }
}
