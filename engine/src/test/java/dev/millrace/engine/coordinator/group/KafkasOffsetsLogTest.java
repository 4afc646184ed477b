package dev.millrace.engine.coordinator.group;

import static dev.millrace.engine.coordinator.group.GroupWorld.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A segment of `__consumer_offsets` as Apache Kafka 4.4.0 has written it, of transactions that were committed, aborted and
/// left open, with plain commits and the deletion of a group between them. What it shows is what Kafka's own broker showed.
class KafkasOffsetsLogTest {
    private static final Path SEGMENT =
            Path.of("src/test/resources/golden/consumer-offsets-with-transactions.log");

    private final GroupWorld world = new GroupWorld();

    @BeforeEach
    void load() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(SEGMENT));
        for (RecordBatch batch : MemoryRecords.readableRecords(bytes).batches()) {
            ByteBuffer one = ByteBuffer.allocate(batch.sizeInBytes());
            batch.writeTo(one);
            world.log.write(MemoryRecords.readableRecords(one.flip()));
        }
        world.crash();
    }

    private List<Long> offsets(String group, boolean stable) {
        var request =
                new OffsetFetchRequestGroup()
                        .setGroupId(group)
                        .setTopics(
                                List.of(
                                        new OffsetFetchRequestTopics()
                                                .setName("t")
                                                .setPartitionIndexes(List.of(0, 1, 2, 3, 4))));
        var answer = now(world.groups.fetchOffsets(request, stable));
        assertNotNull(answer);
        return answer.topics().getFirst().partitions().stream()
                .map(KafkasOffsetsLogTest::offset)
                .toList();
    }

    /// -88 stands for an offset that may still change.
    private static Long offset(OffsetFetchResponsePartitions partition) {
        return partition.errorCode() == Errors.UNSTABLE_OFFSET_COMMIT.code()
                ? -88
                : partition.committedOffset();
    }

    @Test
    void committedTransactionsCountUnlessAPlainCommitCameLater() {
        assertEquals(List.of(40L, 11L, -1L, -1L, 31L), offsets("tx", false));
    }

    @Test
    void openTransactionsMakeTheirPartitionsUnstable() {
        assertEquals(List.of(40L, -88L, -1L, -88L, 31L), offsets("tx", true));
        assertEquals(List.of(-1L, -1L, -1L, -1L, -1L), offsets("open", false));
        assertEquals(List.of(-88L, -1L, -1L, -1L, -1L), offsets("open", true));
    }

    @Test
    void aGroupThatWasDeletedWithinATransactionStaysDeleted() {
        assertNull(world.shard().group("gone"));
        assertEquals(List.of(-1L, -1L, -1L, -1L, -1L), offsets("gone", true));
    }
}
