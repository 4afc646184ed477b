package dev.millrace.engine.metadata;

import dev.millrace.engine.quorum.MemoryQuorum;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// Metadata and its controller on an in-memory quorum of one, at the newest feature levels: node 1 leads, every decision is
/// committed at once. For the tests of what stands above.
public final class TestMetadata {
    public final ManualTime time = new ManualTime();
    public final MemoryQuorum quorum;
    public final Metadata metadata = new Metadata(ManualTime.turn());
    public final Controller controller;

    public TestMetadata(boolean commitAtOnce) {
        quorum = new MemoryQuorum(1, commitAtOnce);
        controller =
                new Controller(
                        quorum,
                        metadata,
                        time,
                        ManualTime.turn(),
                        new SnapshotSchedule(time, Long.MAX_VALUE, 0),
                        image ->
                                image.features().levels().isEmpty()
                                        ? Bootstrap.records()
                                        : List.of());
        quorum.step();
    }

    /// With these brokers registered and unfenced.
    public static TestMetadata withBrokers(int... ids) {
        var test = new TestMetadata(true);
        for (int id : ids) {
            test.broker(id, false);
        }
        return test;
    }

    public MetadataImage image() {
        return metadata.image();
    }

    /// Writes records as they are, in one batch.
    public TestMetadata write(ApiMessageAndVersion... records) {
        controller.submit(_ -> new Decision<>(List.of(records), true));
        return this;
    }

    public TestMetadata broker(int id, boolean fenced) {
        return broker(id, fenced, null);
    }

    public TestMetadata broker(int id, boolean fenced, @Nullable String rack) {
        var record =
                new RegisterBrokerRecord()
                        .setBrokerId(id)
                        .setBrokerEpoch(image().offset() + 1)
                        .setIncarnationId(new Uuid(7, id))
                        .setFenced(fenced)
                        .setRack(rack)
                        .setLogDirs(List.of(new Uuid(8, id)));
        record.endPoints()
                .add(
                        new RegisterBrokerRecord.BrokerEndpoint()
                                .setName("PLAINTEXT")
                                .setHost("localhost")
                                .setPort(9091 + id));
        SupportedFeatures.RANGES.forEach((name, range) ->
                record.features()
                        .add(
                                new RegisterBrokerRecord.BrokerFeature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        return write(
                versioned(record, MetadataVersion.LATEST_PRODUCTION.registerBrokerRecordVersion()));
    }

    /// A topic whose partitions have all of `replicas` in sync and the first of them as leader.
    public TopicImage topic(String name, int partitions, Integer... replicas) {
        return topic(name, Collections.nCopies(partitions, List.of(replicas)));
    }

    /// As [#topic], each partition with replicas of its own.
    public TopicImage topic(String name, List<List<Integer>> replicas) {
        var id = new Uuid(9, image().offset() + 1);
        var records = new ArrayList<ApiMessageAndVersion>();
        records.add(versioned(new TopicRecord().setName(name).setTopicId(id), 0));
        MetadataVersion version = image().features().metadataVersion();
        for (int i = 0; i < replicas.size(); i++) {
            var partition = partition(replicas.get(i));
            records.add(
                    versioned(
                            ImageRecords.partition(id, i, partition, version),
                            version.partitionRecordVersion()));
        }
        write(records.toArray(ApiMessageAndVersion[]::new));
        return Objects.requireNonNull(image().topics().byName(name));
    }

    /// A move has come to its end: broker 2 alone has the partition, and leads it.
    public TestMetadata arrive(TopicImage topic, int partition) {
        return write(
                versioned(
                        new PartitionChangeRecord()
                                .setTopicId(topic.id())
                                .setPartitionId(partition)
                                .setReplicas(List.of(2))
                                .setIsr(List.of(2))
                                .setAddingReplicas(List.of())
                                .setRemovingReplicas(List.of())
                                .setLeader(2),
                        2));
    }

    public TestMetadata removeTopic(Uuid id) {
        return write(versioned(new RemoveTopicRecord().setTopicId(id), 0));
    }

    /// One partition more, with the replicas of the first.
    public TestMetadata grow(String topic) {
        TopicImage image = Objects.requireNonNull(image().topics().byName(topic));
        MetadataVersion version = image().features().metadataVersion();
        return write(
                versioned(
                        ImageRecords.partition(
                                image.id(),
                                image.partitions().size(),
                                partition(image.partitions().getFirst().replicas()),
                                version),
                        version.partitionRecordVersion()));
    }

    private static PartitionImage partition(List<Integer> replicas) {
        List<Uuid> directories = replicas.stream().map(id -> new Uuid(8, id)).toList();
        return new PartitionImage(
                replicas,
                directories,
                replicas,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                replicas.getFirst(),
                0,
                0,
                false);
    }

    public static ApiMessageAndVersion versioned(ApiMessage message, int version) {
        return new ApiMessageAndVersion(message, (short) version);
    }
}
