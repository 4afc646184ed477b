package dev.millrace.broker.net;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.storage.DiskStorage;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.log.StoredRecords;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Answers that hold parts of files.
@Timeout(60)
final class FilesOnConnectionTest {
    @Test
    void sendsSlicesOfFilesBetweenTheMessage() throws Exception {
        byte[] content = Wire.pattern(1 << 20, 7);
        var file = new BytesFile(content);
        int[] sizes = {10, 0, 40_000, 32 << 10, 100_000, 33_000, 5};
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.fetch =
                    (_, _) -> {
                        var partitions = new ArrayList<PartitionData>();
                        for (int size : sizes) {
                            partitions.add(partition(new StoredRecords(file, size * 3L, size)));
                        }
                        partitions.add(
                                partition(
                                        MemoryRecords.readableRecords(
                                                ByteBuffer.wrap(content, 0, 50_000).slice())));
                        return Outcome.reply(answerOf(partitions));
                    };
            for (int round = 0; round < 3; round++) {
                client.send(ApiKeys.FETCH, round, new FetchRequestData());
                var answer =
                        (FetchResponseData)
                                client.receive(ApiKeys.FETCH, ApiKeys.FETCH.latestVersion(), round);
                var partitions = answer.responses().get(0).partitions();
                for (int i = 0; i < sizes.length; i++) {
                    assertArrayEquals(
                            Arrays.copyOfRange(content, sizes[i] * 3, sizes[i] * 4),
                            bytes(partitions.get(i).records()));
                }
                assertArrayEquals(
                        Arrays.copyOf(content, 50_000),
                        bytes(partitions.get(sizes.length).records()));
            }
        }
    }

    @Test
    void aPeerThatDoesNotReadHoldsNoMoreThanOneAnswer() throws Exception {
        byte[] content = new byte[2 << 20];
        var file = new BytesFile(content);
        BlockingQueue<Integer> handled = new LinkedBlockingQueue<>();
        try (var broker = new FakeBroker(FakeBroker.settings(1 << 20, 64));
                var client = broker.connect()) {
            broker.fetch =
                    (context, _) -> {
                        handled.add(context.correlationId());
                        return Outcome.reply(
                                answerOf(
                                        List.of(
                                                partition(
                                                        new StoredRecords(
                                                                file, 0, content.length)))));
                    };
            for (int i = 0; i < 5; i++) {
                client.send(ApiKeys.FETCH, i, new FetchRequestData());
            }
            assertEquals(0, handled.take());
            assertTrue(broker.connections.buffers().allocatedBytes() < 256 << 10);
            for (int i = 0; i < 5; i++) {
                ByteBuffer answer = client.receive();
                assertEquals(i, answer.getInt());
                assertTrue(answer.remaining() > content.length);
            }
        }
    }

    /// The system takes a part of a file, then nothing until the peer has read: not the end of the file.
    @Test
    void sendsAFileToAPeerThatReadsLate(@TempDir Path directory) throws Exception {
        byte[] content = Wire.pattern(3 << 20, 11);
        try (StoredFile file = DiskStorage.open(directory).open("00000000000000000000.log");
                var broker = new FakeBroker(FakeBroker.settings(100 << 20, 4));
                var client = broker.connect()) {
            file.append(ByteBuffer.wrap(content));
            broker.fetch =
                    (_, _) ->
                            Outcome.reply(
                                    answerOf(
                                            List.of(
                                                    partition(
                                                            new StoredRecords(
                                                                    file, 5, content.length - 5)),
                                                    partition(
                                                            new StoredRecords(file, 9, 200_000)))));
            for (int round = 0; round < 3; round++) {
                client.send(ApiKeys.FETCH, round, new FetchRequestData());
            }
            for (int round = 0; round < 3; round++) {
                var answer =
                        (FetchResponseData)
                                client.receive(ApiKeys.FETCH, ApiKeys.FETCH.latestVersion(), round);
                var partitions = answer.responses().get(0).partitions();
                assertArrayEquals(
                        Arrays.copyOfRange(content, 5, content.length),
                        bytes(partitions.get(0).records()));
                assertArrayEquals(
                        Arrays.copyOfRange(content, 9, 200_009),
                        bytes(partitions.get(1).records()));
            }
        }
    }

    private static byte[] bytes(@Nullable BaseRecords records) {
        ByteBuffer buffer = ((MemoryRecords) requireNonNull(records)).buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static PartitionData partition(BaseRecords records) {
        return new PartitionData().setPartitionIndex(0).setHighWatermark(1).setRecords(records);
    }

    private static FetchResponseData answerOf(List<PartitionData> partitions) {
        return new FetchResponseData()
                .setResponses(List.of(new FetchableTopicResponse().setPartitions(partitions)));
    }

    /// A file in memory: nothing that the system could send by itself.
    private static final class BytesFile implements StoredFile {
        private final byte[] content;

        BytesFile(byte[] content) {
            this.content = content;
        }

        @Override
        public String name() {
            return "00000000000000000000.log";
        }

        @Override
        public long size() {
            return content.length;
        }

        @Override
        public void append(ByteBuffer bytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(long position, ByteBuffer into) {
            int count = (int) Math.min(into.remaining(), content.length - position);
            into.put(content, (int) position, count);
            return count;
        }

        @Override
        public void truncate(long size) {}

        @Override
        public void sync() {}

        @Override
        public void close() {}
    }
}
