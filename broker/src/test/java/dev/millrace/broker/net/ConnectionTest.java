package dev.millrace.broker.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.check.Invariant;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ConnectionTest {
    private static final MetadataRequestData METADATA = new MetadataRequestData();

    private static ProduceRequestData produce(int acks) {
        return new ProduceRequestData().setAcks((short) acks).setTimeoutMs(1000);
    }

    @Test
    void answersInOrderWhenRequestsArriveTogether() throws Exception {
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            var together = ByteBuffer.allocate(100_000);
            for (int i = 0; i < 500; i++) {
                together.put(Wire.frame(ApiKeys.METADATA, (short) 12, i, METADATA));
            }
            byte[] bytes = new byte[together.position()];
            together.flip().get(bytes);
            client.send(bytes);
            for (int i = 0; i < 500; i++) {
                assertEquals(i, client.receiveCorrelationId());
            }
        }
    }

    @Test
    void aFrameMayArriveByteByByte() throws Exception {
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            for (byte b : Wire.frame(ApiKeys.METADATA, (short) 12, 7, METADATA)) {
                client.send(new byte[] {b});
            }
            assertEquals(7, client.receiveCorrelationId());
        }
    }

    @Test
    void largeFramesArriveWhole() throws Exception {
        var seen = new LinkedBlockingQueue<byte[]>();
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.produce =
                    (_, request) -> {
                        var records = recordsOf(request);
                        byte[] copy = new byte[records.remaining()];
                        records.get(copy);
                        seen.add(copy);
                        return Outcome.reply(new ProduceResponseData());
                    };
            for (int size : new int[] {900, 1_100, 70_000, 5_000_000, 1}) {
                byte[] payload = Wire.pattern(size, 31);
                client.send(ApiKeys.PRODUCE, size, produceOf(payload));
                assertEquals(size, client.receiveCorrelationId());
                assertArrayEquals(payload, seen.take());
            }
        }
    }

    private static ProduceRequestData produceOf(byte[] payload) {
        var partition =
                new ProduceRequestData.PartitionProduceData()
                        .setIndex(0)
                        .setRecords(MemoryRecords.readableRecords(ByteBuffer.wrap(payload)));
        var topics = new ProduceRequestData.TopicProduceDataCollection();
        topics.add(new ProduceRequestData.TopicProduceData().setPartitionData(List.of(partition)));
        return produce(1).setTopicData(topics);
    }

    private static ByteBuffer recordsOf(ProduceRequestData request) {
        var records = request.topicData().iterator().next().partitionData().get(0).records();
        return ((MemoryRecords) requireNonNull(records)).buffer();
    }

    @Test
    void produceGoesOnWhileAnswersArePending() throws Exception {
        var parked = new LinkedBlockingQueue<CompletableFuture<ProduceResponseData>>();
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.produce =
                    (_, _) -> {
                        var answer = new CompletableFuture<ProduceResponseData>();
                        parked.add(answer);
                        return Outcome.when(answer);
                    };
            for (int i = 0; i < 5; i++) {
                client.send(ApiKeys.PRODUCE, i, produce(-1));
            }
            var signals = new ArrayList<CompletableFuture<ProduceResponseData>>();
            for (int i = 0; i < 5; i++) {
                signals.add(parked.take()); // all five were handled before any was answered
            }
            signals.reversed().forEach(s -> s.complete(new ProduceResponseData()));
            for (int i = 0; i < 5; i++) {
                assertEquals(i, client.receiveCorrelationId());
            }
        }
    }

    @Test
    void anImmediateProduceAnswerStaysBehindAPendingOne() throws Exception {
        var first = new CompletableFuture<ProduceResponseData>();
        var handled = new CountDownLatch(3);
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.produce =
                    (context, request) -> {
                        handled.countDown();
                        if (request.acks() == 0) {
                            return new Outcome.Silent<>();
                        }
                        return context.correlationId() == 1
                                ? Outcome.when(first)
                                : Outcome.reply(new ProduceResponseData());
                    };
            client.send(ApiKeys.PRODUCE, 1, produce(-1));
            client.send(ApiKeys.PRODUCE, 2, produce(1));
            client.send(ApiKeys.PRODUCE, 3, produce(0));
            handled.await();
            first.complete(new ProduceResponseData());
            assertEquals(1, client.receiveCorrelationId());
            assertEquals(2, client.receiveCorrelationId());
            client.send(ApiKeys.METADATA, 4, METADATA);
            assertEquals(4, client.receiveCorrelationId());
        }
    }

    @Test
    void nothingOvertakesARequestThatCannotBeCarriedOutYetAndItsBytesStay() throws Exception {
        var events = new ConcurrentLinkedQueue<String>();
        var verified = new CompletableFuture<Void>();
        var asked = new CountDownLatch(1);
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.produce =
                    (context, request) -> {
                        if (context.correlationId() == 2) {
                            events.add("second");
                            return Outcome.reply(new ProduceResponseData());
                        }
                        asked.countDown();
                        return new Outcome.Blocked<>(
                                verified,
                                () -> {
                                    events.add(valueIn(request));
                                    return Outcome.when(
                                            CompletableFuture.completedFuture(
                                                    new ProduceResponseData()));
                                });
                    };
            client.send(ApiKeys.PRODUCE, 1, produceRecord("first"));
            client.send(ApiKeys.PRODUCE, 2, produce(-1));
            asked.await();
            assertEquals(List.of(), List.copyOf(events));
            verified.complete(null);
            assertEquals(1, client.receiveCorrelationId());
            assertEquals(2, client.receiveCorrelationId());
            assertEquals(List.of("first", "second"), List.copyOf(events));
        }
    }

    private static ProduceRequestData produceRecord(String value) {
        ProduceRequestData request = produce(-1);
        var topic = new ProduceRequestData.TopicProduceData().setName("t");
        topic.partitionData()
                .add(
                        new ProduceRequestData.PartitionProduceData()
                                .setRecords(
                                        MemoryRecords.withRecords(
                                                Compression.NONE,
                                                new SimpleRecord(value.getBytes(UTF_8)))));
        request.topicData().add(topic);
        return request;
    }

    private static String valueIn(ProduceRequestData request) {
        var records =
                (MemoryRecords)
                        request.topicData().iterator().next().partitionData().getFirst().records();
        return UTF_8.decode(records.records().iterator().next().value()).toString();
    }

    @Test
    void otherRequestsWaitForPendingProduceAnswers() throws Exception {
        var events = new ConcurrentLinkedQueue<String>();
        var answer = new CompletableFuture<ProduceResponseData>();
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.produce =
                    (_, _) ->
                            new Outcome.Parked<>(
                                    answer,
                                    () -> {
                                        events.add("answer");
                                        return Outcome.reply(new ProduceResponseData());
                                    });
            broker.metadata =
                    (_, _) -> {
                        events.add("metadata");
                        return Outcome.reply(new MetadataResponseData());
                    };
            client.send(ApiKeys.PRODUCE, 1, produce(-1));
            client.send(ApiKeys.METADATA, 2, METADATA);
            answer.complete(new ProduceResponseData());
            assertEquals(1, client.receiveCorrelationId());
            assertEquals(2, client.receiveCorrelationId());
            assertEquals(List.of("answer", "metadata"), List.copyOf(events));
        }
    }

    @Test
    void pendingAnswersAreBounded() throws Exception {
        var parked = new LinkedBlockingQueue<CompletableFuture<ProduceResponseData>>();
        try (var broker = new FakeBroker(FakeBroker.settings(1 << 20, 4));
                var client = broker.connect()) {
            broker.produce =
                    (_, _) -> {
                        var answer = new CompletableFuture<ProduceResponseData>();
                        parked.add(answer);
                        return Outcome.when(answer);
                    };
            for (int i = 0; i < 50; i++) {
                client.send(ApiKeys.PRODUCE, i, produce(-1));
            }
            for (int i = 0; i < 50; i++) {
                assertTrue(parked.size() <= 5, "four pending and one that waits for a place");
                parked.take().complete(new ProduceResponseData());
                assertEquals(i, client.receiveCorrelationId());
            }
        }
    }

    @Test
    void aParkedRequestEndsWhenItsPeerHasGone() throws Exception {
        var parked = new LinkedBlockingQueue<Integer>();
        try (var broker = new FakeBroker()) {
            broker.fetch =
                    (context, _) -> {
                        parked.add(context.correlationId());
                        return Outcome.when(new CompletableFuture<>());
                    };
            try (var client = broker.connect()) {
                client.send(ApiKeys.FETCH, 1, new FetchRequestData());
                parked.take();
            }
            while (broker.connections.count() > 0) {
                broker.connections.sweep(System.nanoTime() + TimeUnit.SECONDS.toNanos(2));
            }
        }
    }

    @Test
    void stoppingAnswersWhatWasAppendedAndEndsLongPolls() throws Exception {
        var produced = new CompletableFuture<ProduceResponseData>();
        var parked = new LinkedBlockingQueue<String>();
        var broker = new FakeBroker();
        try (var producer = broker.connect();
                var consumer = broker.connect();
                var idle = broker.connect()) {
            broker.produce =
                    (_, _) -> {
                        parked.add("produce");
                        return Outcome.when(produced);
                    };
            broker.fetch =
                    (_, _) -> {
                        parked.add("fetch");
                        return Outcome.when(new CompletableFuture<>());
                    };
            producer.send(ApiKeys.PRODUCE, 1, produce(-1));
            consumer.send(ApiKeys.FETCH, 2, new FetchRequestData());
            parked.take();
            parked.take();
            Thread stop =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    broker.close();
                                } catch (IOException e) {
                                    throw new AssertionError(e);
                                }
                            });
            assertTrue(consumer.closedByPeer());
            assertTrue(idle.closedByPeer());
            produced.complete(new ProduceResponseData());
            assertEquals(1, producer.receiveCorrelationId());
            assertTrue(producer.closedByPeer());
            stop.join();
            assertEquals(0, broker.connections.count());
        }
    }

    @Test
    void closesOnlyTheConnectionThatSendsRubbish() throws Exception {
        List<byte[]> rubbish =
                List.of(
                        "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                        new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3},
                        new byte[] {-1, -1, -1, -1, 0, 0},
                        new byte[] {0, 0, 0, 4, 1, 2, 3, 4},
                        new byte[] {0, 0, 0, 10, 77, 77, 0, 0, 0, 0, 0, 1, 0, 0},
                        ByteBuffer.allocate(8).putInt(200 << 20).array());
        try (var broker = new FakeBroker();
                var good = broker.connect()) {
            for (byte[] bytes : rubbish) {
                try (var bad = broker.connect()) {
                    bad.send(bytes);
                    assertTrue(bad.closedByPeer());
                }
                good.send(ApiKeys.METADATA, 9, METADATA);
                assertEquals(9, good.receiveCorrelationId());
            }
        }
    }

    @Test
    void anUnknownApiVersionsVersionIsAnsweredInVersionZero() throws Exception {
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            byte[] frame =
                    Wire.frame(
                            ApiKeys.API_VERSIONS,
                            (short) 3,
                            5,
                            new ApiVersionsRequestData()
                                    .setClientSoftwareName("x")
                                    .setClientSoftwareVersion("1"));
            frame[7] = 99;
            client.send(frame);
            var answer =
                    (ApiVersionsResponseData) client.receive(ApiKeys.API_VERSIONS, (short) 0, 5);
            assertEquals(Errors.UNSUPPORTED_VERSION.code(), answer.errorCode());
            assertEquals(1, answer.apiKeys().size());
        }
    }

    @Test
    void aFailingHandlerAnswersWithAnErrorAndTheConnectionLivesOn() throws Exception {
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.fetch =
                    (_, _) -> {
                        throw new IllegalStateException("a planted bug");
                    };
            client.send(ApiKeys.FETCH, 1, new FetchRequestData());
            var answer =
                    (FetchResponseData)
                            client.receive(ApiKeys.FETCH, ApiKeys.FETCH.latestVersion(), 1);
            assertEquals(Errors.UNKNOWN_SERVER_ERROR.code(), answer.errorCode());
            client.send(ApiKeys.METADATA, 2, METADATA);
            assertEquals(2, client.receiveCorrelationId());
        }
    }

    @Test
    void aBrokenInvariantIsPassedOnToTheHost() throws Exception {
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.fetch =
                    (_, _) -> {
                        throw Invariant.unreachable("a planted rule");
                    };
            client.send(ApiKeys.FETCH, 1, new FetchRequestData());
            assertTrue(broker.broken.take().contains("a planted rule"));
        }
    }
}
