package dev.millrace.broker.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.api.RequestContext;
import dev.millrace.engine.wire.RandomFrames;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// 30,000 malformed frames over sockets (`-Dmalformed.frames=N` for more; the whole broker gets 100,000 in every build): no crash, no hang, bounded memory, and a good client beside them that notices
/// nothing.
///
/// Every frame comes over a connection of its own, from one of many addresses; the sender then closes its side and reads until
/// the broker closes too. The good client writes numbered batches and reads each of them back, all the while.
@Timeout(180)
final class MalformedFramesTest {
    private static final int FRAMES = Integer.getInteger("malformed.frames", 30_000);
    private static final int SENDERS = 16;
    private static final long SEED = 21;
    private static final String GOOD = "good-client";

    /// What the test's own generators keep included.
    private static final long HEAP_GROWTH_BYTES = 128L << 20;

    private final Map<Integer, BaseRecords> stored = new ConcurrentHashMap<>();
    private final Random answers = new Random(SEED);

    @Test
    void leaveNoTrace() throws Exception {
        try (var broker = AllApis.real(NetworkSettings.DEFAULTS, this::answer)) {
            InetSocketAddress address = broker.listener.address();
            flood(address, FRAMES / 20, SEED);
            long heapBefore = heapInUse();
            int threadsBefore = ManagementFactory.getThreadMXBean().getThreadCount();

            var over = new AtomicBoolean();
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Integer> good = threads.submit(() -> produceAndConsume(address, over));
                flood(address, FRAMES, SEED + 1);
                over.set(true);
                assertTrue(good.get() > 100, "the good client was starved");
            }

            assertEquals(List.of(), List.copyOf(broker.broken));
            stored.clear();
            long growth = heapInUse() - heapBefore;
            assertTrue(growth < HEAP_GROWTH_BYTES, () -> "the heap grew by " + growth);
            int threads = ManagementFactory.getThreadMXBean().getThreadCount();
            assertTrue(threads < threadsBefore + 50, () -> threads + " threads");
        }
    }

    private static long heapInUse() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    // ---- the attackers

    private static void flood(InetSocketAddress address, int frames, long seed)
            throws InterruptedException, ExecutionException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var senders = new ArrayList<Future<?>>();
            for (int sender = 0; sender < SENDERS; sender++) {
                int number = sender;
                senders.add(
                        threads.submit(() -> {
                            send(address, frames / SENDERS, number, seed);
                            return true;
                        }));
            }
            for (Future<?> sender : senders) {
                sender.get();
            }
        }
    }

    private static void send(InetSocketAddress address, int count, int sender, long seed)
            throws IOException {
        var random = new Random(seed * 100 + sender);
        var frames = new RandomFrames(random.nextLong(), ApiKeys.brokerApis(), "orders", "single");
        for (int i = 0; i < count; i++) {
            byte[] bytes = withLength(random, frames.damaged(i * SENDERS + sender));
            // Many addresses: one pair of addresses has too few ports for so many connections.
            int host = 2 + (i + sender) % 200;
            InetAddress from = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host});
            try (var socket = new Socket(address.getAddress(), address.getPort(), from, 0)) {
                socket.setSoTimeout(30_000);
                exchange(socket, bytes);
            }
        }
    }

    /// Returns when the broker has closed the connection. A broker that neither answers nor closes fails the test by the
    /// socket's time-out.
    private static void exchange(Socket socket, byte[] bytes) throws IOException {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            while (in.read(new byte[4096]) >= 0) {
                // What it says is the business of other tests.
            }
        } catch (SocketException _) {
            // Closed while we still wrote: a refusal like any other.
        }
    }

    /// Most lengths are right; some promise more than comes, or what no frame can be.
    private static byte[] withLength(Random random, ByteBuffer frame) {
        int length =
                switch (random.nextInt(10)) {
                    case 0 -> frame.remaining() + 1 + random.nextInt(100);
                    case 1 -> -random.nextInt(1000);
                    case 2 -> random.nextInt();
                    case 3 -> (100 << 20) + random.nextInt(2);
                    default -> frame.remaining();
                };
        return ByteBuffer.allocate(4 + frame.remaining()).putInt(length).put(frame).array();
    }

    // ---- the good client, and the broker's side of it

    private int produceAndConsume(InetSocketAddress address, AtomicBoolean over)
            throws IOException {
        int number = 0;
        try (var client = new Wire(address)) {
            for (; !over.get(); number++) {
                var records =
                        MemoryRecords.withRecords(
                                Compression.NONE,
                                new SimpleRecord(("record " + number).getBytes(UTF_8)));
                client.send(Wire.frame(ApiKeys.PRODUCE, (short) 12, number, produce(records)));
                client.receive(ApiKeys.PRODUCE, (short) 12, number);
                client.send(Wire.frame(ApiKeys.FETCH, (short) 12, number, fetch(number)));
                var fetched = (FetchResponseData) client.receive(ApiKeys.FETCH, (short) 12, number);
                assertEquals(
                        records,
                        fetched.responses().getFirst().partitions().getFirst().records(),
                        "record " + number);
            }
        }
        return number;
    }

    private static ProduceRequestData produce(MemoryRecords records) {
        var topic = new TopicProduceData().setName(GOOD);
        topic.partitionData().add(new PartitionProduceData().setIndex(0).setRecords(records));
        var request = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1000);
        request.topicData().add(topic);
        return request;
    }

    private static FetchRequestData fetch(int offset) {
        var partition =
                new FetchPartition()
                        .setPartition(0)
                        .setFetchOffset(offset)
                        .setPartitionMaxBytes(1 << 20);
        return new FetchRequestData()
                .setReplicaId(-1)
                .setTopics(
                        List.of(new FetchTopic().setTopic(GOOD).setPartitions(List.of(partition))));
    }

    private synchronized ApiMessage answer(RequestContext context, ApiMessage request) {
        if (request instanceof ProduceRequestData produce
                && produce.topicData().find(GOOD, Uuid.ZERO_UUID) != null) {
            TopicProduceData topic = produce.topicData().iterator().next();
            var records = (MemoryRecords) topic.partitionData().getFirst().records();
            stored.put(context.correlationId(), copy(records));
            return new ProduceResponseData();
        }
        if (request instanceof FetchRequestData fetch
                && fetch.topics().size() == 1
                && fetch.topics().getFirst().topic().equals(GOOD)) {
            var data = new PartitionData().setRecords(stored.remove(context.correlationId()));
            return new FetchResponseData()
                    .setResponses(
                            List.of(
                                    new FetchableTopicResponse()
                                            .setTopic(GOOD)
                                            .setPartitions(List.of(data))));
        }
        return AllApis.randomResponse(answers, context.api(), context.version());
    }

    private static MemoryRecords copy(MemoryRecords records) {
        ByteBuffer bytes = ByteBuffer.allocate(records.sizeInBytes());
        return MemoryRecords.readableRecords(bytes.put(records.buffer().duplicate()).flip());
    }
}
