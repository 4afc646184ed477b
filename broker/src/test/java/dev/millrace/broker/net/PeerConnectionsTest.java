package dev.millrace.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.FreePort;
import dev.millrace.broker.host.Host;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.env.Peers;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PeerConnectionsTest {
    private static final short FETCH_VERSION = 17;
    private static final short METADATA_VERSION = 13;
    private static final long TIMEOUT_MS = 20_000;

    private final Host host = new Host(_ -> {});
    private final PeerConnections peers = new PeerConnections(host.timers(), "node-1");
    private FakeBroker broker;
    private Peers.Address address;

    @BeforeEach
    void start() throws Exception {
        broker = new FakeBroker();
        address = new Peers.Address("127.0.0.1", broker.listener.address().getPort());
    }

    @AfterEach
    void stop() throws Exception {
        peers.close();
        broker.close();
        host.stop(1_000);
    }

    private static MemoryRecords records(int bytes, char content) {
        byte[] value = String.valueOf(content).repeat(bytes).getBytes(StandardCharsets.US_ASCII);
        return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(value));
    }

    /// Answers the partition that was asked for, with that many bytes and a letter of its own.
    private static FetchResponseData answer(FetchRequestData request, int bytes) {
        int partition = request.minBytes();
        var data =
                new FetchResponseData.PartitionData()
                        .setPartitionIndex(partition)
                        .setRecords(records(bytes, (char) ('a' + partition)));
        var topic = new FetchResponseData.FetchableTopicResponse().setPartitions(List.of(data));
        return new FetchResponseData().setResponses(List.of(topic));
    }

    private CompletableFuture<Peers.Borrowed> fetch(int partition) {
        return peers.borrow(
                        address,
                        FETCH_VERSION,
                        new FetchRequestData().setMinBytes(partition),
                        TIMEOUT_MS)
                .toCompletableFuture();
    }

    private static String content(ApiMessage message) {
        var data =
                assertInstanceOf(FetchResponseData.class, message)
                        .responses()
                        .getFirst()
                        .partitions()
                        .getFirst();
        var records = assertInstanceOf(MemoryRecords.class, data.records());
        var batch = records.batches().iterator().next();
        batch.ensureValid();
        return StandardCharsets.US_ASCII.decode(batch.iterator().next().value()).toString();
    }

    @Test
    void whatIsLentIsNotWrittenOverUntilItIsGivenBack() throws Exception {
        broker.fetch = (_, request) -> Outcome.reply(answer(request, 100_000));
        List<Peers.Borrowed> lent = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            lent.add(fetch(i).get(TIMEOUT_MS, TimeUnit.MILLISECONDS));
        }
        for (int i = 0; i < 3; i++) {
            String letter = String.valueOf((char) ('a' + i));
            assertEquals(letter.repeat(100_000), content(lent.get(i).message()));
            lent.get(i).giveBack().run();
        }
    }

    @Test
    void memoryThatWasGivenBackServesTheNextAnswer() throws Exception {
        broker.fetch = (_, request) -> Outcome.reply(answer(request, 10_000 * request.minBytes()));
        for (int i : new int[] {3, 1, 9, 2}) {
            Peers.Borrowed answer = fetch(i).get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
            assertEquals(10_000 * i, content(answer.message()).length());
            answer.giveBack().run();
        }
    }

    /// Whoever wants to know whether the other is there is told by the network, not by how often others have asked it.
    @Test
    void whatIsSentAtOnceGoesOutWithinThePauseToo() throws Exception {
        var nobody = new Peers.Address("127.0.0.1", FreePort.find());
        for (int i = 0; i < 8; i++) {
            var answer =
                    peers.sendAtOnce(
                                    nobody, METADATA_VERSION, new MetadataRequestData(), TIMEOUT_MS)
                            .toCompletableFuture();
            var failed = assertThrows(ExecutionException.class, answer::get);
            var why = assertInstanceOf(IOException.class, failed.getCause());
            assertInstanceOf(ConnectException.class, why.getCause(), "attempt " + i);
        }
    }

    @Test
    void answersOfManyRequestsUnderWayFindTheirs() throws Exception {
        broker.fetch = (_, request) -> Outcome.reply(answer(request, 1_000));
        var all = IntStream.range(0, 20).mapToObj(this::fetch).toList();
        for (int i = 0; i < all.size(); i++) {
            Peers.Borrowed answer = all.get(i).get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
            assertTrue(content(answer.message()).startsWith(String.valueOf((char) ('a' + i))));
            answer.giveBack().run();
        }
    }

    @Test
    void anAnswerThatNobodyLentIsThereForGood() throws Exception {
        broker.metadata =
                (_, _) -> Outcome.reply(new MetadataResponseData().setClusterId("the cluster"));
        ApiMessage answer =
                peers.send(address, METADATA_VERSION, new MetadataRequestData(), TIMEOUT_MS)
                        .toCompletableFuture()
                        .get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        assertEquals(
                "the cluster", assertInstanceOf(MetadataResponseData.class, answer).clusterId());
    }

    @Test
    void aPeerThatGoesAwayFailsWhatIsUnderWay() throws Exception {
        var waiting = new CompletableFuture<Void>();
        broker.fetch =
                (_, _) -> {
                    waiting.complete(null);
                    return new Outcome.Close<>("of the test's own");
                };
        CompletableFuture<Peers.Borrowed> answer = fetch(1);
        waiting.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        assertThrows(ExecutionException.class, () -> answer.get(TIMEOUT_MS, TimeUnit.MILLISECONDS));
    }
}
