package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/// Offsets of partitions, by time and by the special places of a log.
public final class Offsets {
    private final Admin admin;

    /// @param admin borrowed, not closed here
    public Offsets(Admin admin) {
        this.admin = admin;
    }

    /// What a partition answered.
    public sealed interface Found {}

    /// An offset.
    public record At(long offset) implements Found {}

    /// No record there: nothing is that young, or the partition is empty.
    public record Nothing() implements Found {}

    /// The cluster refused, for this partition alone.
    public record Refused(Throwable why) implements Found {}

    /// Asks one thing of every partition.
    public Map<TopicPartition, Found> list(Collection<TopicPartition> partitions, OffsetSpec spec) {
        return list(partitions, spec, IsolationLevel.READ_UNCOMMITTED);
    }

    /// The last stable offset of every partition: where a consumer that reads only what is committed comes to the end.
    public Map<TopicPartition, Found> stable(Collection<TopicPartition> partitions) {
        return list(partitions, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
    }

    private Map<TopicPartition, Found> list(
            Collection<TopicPartition> partitions, OffsetSpec spec, IsolationLevel isolation) {
        var request = new HashMap<TopicPartition, OffsetSpec>();
        partitions.forEach(partition -> request.put(partition, spec));
        var answers = admin.listOffsets(request, new ListOffsetsOptions(isolation));
        var found = new HashMap<TopicPartition, Found>();
        for (TopicPartition partition : partitions) {
            try {
                ListOffsetsResultInfo info = await(answers.partitionResult(partition));
                found.put(partition, info.offset() < 0 ? new Nothing() : new At(info.offset()));
            } catch (KafkaException refused) {
                found.put(partition, new Refused(refused));
            }
        }
        return found;
    }

    /// The same, where no partition may be refused: the offsets of those that have one.
    public Map<TopicPartition, Long> require(
            Collection<TopicPartition> partitions, OffsetSpec spec) {
        var offsets = new HashMap<TopicPartition, Long>();
        list(partitions, spec)
                .forEach((partition, found) -> {
                    switch (found) {
                        case At(long offset) -> offsets.put(partition, offset);
                        case Nothing _ -> {}
                        case Refused(Throwable why) ->
                                throw why instanceof RuntimeException cause
                                        ? cause
                                        : CommandFailed.because(String.valueOf(why.getMessage()));
                    }
                });
        return offsets;
    }

    /// The offset of one partition in an answer of [#list]; empty when it has none.
    public static Optional<Long> offset(
            Map<TopicPartition, Found> found, TopicPartition partition) {
        return found.get(partition) instanceof At(long offset)
                ? Optional.of(offset)
                : Optional.empty();
    }
}
