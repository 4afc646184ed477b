package dev.millrace.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.kafka.common.protocol.Errors.UNKNOWN_SERVER_ERROR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.engine.wire.RandomFrames;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// 100,000 damaged requests of every API and version to a whole broker, all its handlers included: each is answered with an
/// error that is the client's, or its connection is closed; memory stays bounded; the official client beside them, in a consumer
/// group, gets back every record in order.
///
/// Every frame comes over a connection of its own, from one of many addresses; the sender closes its side and reads until the
/// broker closes too. Not Kafka at all and wrong lengths are the network edge's affair: see `net.MalformedFramesTest`.
@Timeout(300)
final class BrokerUnderDamageTest {
    private static final int FRAMES = Integer.getInteger("malformed.frames", 100_000);
    private static final int SENDERS = 128;
    private static final long SEED = 5;
    private static final String GOOD_TOPIC = "left-alone";

    /// Topics, groups and offsets that the frames made stay.
    private static final long HEAP_GROWTH_BYTES = 128L << 20;

    @TempDir Path folder;

    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final LongAdder answered = new LongAdder();

    @Test
    void answersOrCloses() throws Exception {
        var given =
                Map.of(
                        "listeners", "PLAINTEXT://127.0.0.1:0",
                        "log.dirs", folder.toString(),
                        // No random request names this node.
                        "node.id", "471147",
                        "unstable.api.versions.enable", "true",
                        "group.initial.rebalance.delay.ms", "0");
        Broker broker =
                Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), true);
        PrintStream console = System.err;
        var said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, UTF_8));
        try {
            InetSocketAddress address = broker.addresses().getFirst();
            flood(address, FRAMES / 10, SEED);
            long heapBefore = heapInUse();
            var over = new AtomicBoolean();
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Integer> good = threads.submit(() -> produceAndConsume(address, over));
                flood(address, FRAMES - FRAMES / 10, SEED + 1);
                over.set(true);
                assertTrue(good.get() > 20, "the good client was starved");
            }
            assertEquals(List.of(), wrong.stream().limit(20).toList());
            assertTrue(answered.sum() > FRAMES / 6, () -> "answered: " + answered);
            long growth = heapInUse() - heapBefore;
            assertTrue(growth < HEAP_GROWTH_BYTES, () -> "the heap grew by " + growth);
        } finally {
            System.setErr(console);
            broker.stop();
        }
        // An answer that cannot be given is an error of ours, and looks like a closed connection
        // from outside.
        assertEquals(
                List.of(),
                said.toString(UTF_8).lines().filter(line -> line.contains("ERROR ")).toList());
    }

    private static long heapInUse() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    // ---- the attackers

    private void flood(InetSocketAddress address, int frames, long seed) throws Exception {
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

    private void send(InetSocketAddress address, int count, int sender, long seed)
            throws IOException {
        var frames =
                new RandomFrames(
                        new Random(seed * 1_000 + sender).nextLong(),
                        ApiKeys.brokerApis(),
                        "orders",
                        "single",
                        "nosuch");
        for (int i = 0; i < count; i++) {
            int round = i * SENDERS + sender;
            // One in four undamaged: the values are odd enough.
            ByteBuffer frame = i % 4 == 0 ? frames.valid(round) : frames.damaged(round);
            // Many addresses: one pair of addresses has too few ports for so many connections.
            int host = 2 + (i + sender) % 200;
            InetAddress from = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host});
            try (var socket = new Socket(address.getAddress(), address.getPort(), from, 0)) {
                socket.setSoTimeout(30_000);
                exchange(socket, frame);
            } catch (SocketException _) {
                // Closed while we still wrote: a refusal like any other.
            } catch (IOException | RuntimeException e) {
                wrong.add(name(frame) + ", sender " + sender + ", frame " + i + ": " + e);
            }
        }
    }

    /// Returns when the broker has closed the connection.
    private void exchange(Socket socket, ByteBuffer frame) throws IOException {
        var bytes = ByteBuffer.allocate(4 + frame.remaining()).putInt(frame.remaining());
        socket.getOutputStream().write(bytes.put(frame.duplicate()).array());
        socket.shutdownOutput();
        var in = new DataInputStream(socket.getInputStream());
        byte[] answer;
        try {
            answer = new byte[in.readInt()];
        } catch (EOFException _) {
            return;
        }
        in.readFully(answer);
        answered.increment();
        examine(frame, ByteBuffer.wrap(answer));
        if (in.read() >= 0) {
            wrong.add(name(frame) + ": more than one answer");
        }
    }

    private void examine(ByteBuffer frame, ByteBuffer answer) {
        ApiKeys api = ApiKeys.forId(frame.getShort(0));
        short version = frame.getShort(2);
        if (!api.isVersionSupported(version)) {
            return; // ApiVersions alone answers these, in a form of its own
        }
        var in = new ByteBufferAccessor(answer);
        var _ = new ResponseHeaderData(in, api.responseHeaderVersion(version));
        var response = AbstractResponse.parseResponse(api, in, version);
        boolean ours =
                response.data() instanceof AlterConfigsResponseData altered
                        // (Its counting fails on a resource that is answered twice.)
                        ? altered.responses().stream()
                                .anyMatch(r -> r.errorCode() == UNKNOWN_SERVER_ERROR.code())
                        : response.errorCounts().containsKey(UNKNOWN_SERVER_ERROR);
        if (ours) {
            wrong.add(name(frame) + ": " + response.data());
        }
    }

    private static String name(ByteBuffer frame) {
        if (frame.remaining() < 4) {
            return "a short frame";
        }
        short key = frame.getShort(0);
        return (ApiKeys.hasId(key) ? ApiKeys.forId(key).name : "API " + key)
                + " v"
                + frame.getShort(2);
    }

    // ---- the good client

    /// Writes numbered records until told to stop and reads all of them back meanwhile, in a group.
    private static int produceAndConsume(InetSocketAddress address, AtomicBoolean over)
            throws Exception {
        String bootstrap = "127.0.0.1:" + address.getPort();
        Map<String, Object> forProducer = Map.of("bootstrap.servers", bootstrap, "acks", "all");
        Map<String, Object> forConsumer =
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "group.id",
                        "left-alone-group",
                        "auto.offset.reset",
                        "earliest");
        int sent = 0;
        var read = new ArrayList<String>();
        try (var producer =
                        new KafkaProducer<>(
                                forProducer, new StringSerializer(), new StringSerializer());
                var consumer =
                        new KafkaConsumer<>(
                                forConsumer, new StringDeserializer(), new StringDeserializer())) {
            producer.send(new ProducerRecord<>(GOOD_TOPIC, "" + sent++)).get();
            consumer.subscribe(List.of(GOOD_TOPIC));
            while (!over.get()) {
                producer.send(new ProducerRecord<>(GOOD_TOPIC, "" + sent++)).get();
                consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
            }
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (read.size() < sent && System.nanoTime() < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
            }
            consumer.commitSync();
        }
        var expected = new ArrayList<String>();
        for (int i = 0; i < sent; i++) {
            expected.add("" + i);
        }
        assertEquals(expected, read);
        return sent;
    }
}
