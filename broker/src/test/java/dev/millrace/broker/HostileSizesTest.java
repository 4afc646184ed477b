package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Requests made of as many tiny elements as fit, from many connections at once, to a broker with 256 MB of heap: it does not run
/// out of memory, and serves the official client afterwards. The broker is a process of its own.
@Timeout(180)
final class HostileSizesTest {
    private static final int ROUNDS = 3;
    private static final int SENDERS_OF_EACH = 4;

    /// With their header below the longest request without records, 8 MiB.
    private static final int NEARLY_THE_LONGEST = (8 << 20) - 100;

    @TempDir Path folder;

    /// The broker's process: says its port, and ends when its input does.
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws Exception {
            var given = Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", arguments[0]);
            Broker broker =
                    Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), true);
            Files.writeString(
                    Path.of(arguments[1]), broker.addresses().getFirst().getPort() + "\n");
            while (System.in.read() >= 0) {
                // Nothing is said to it.
            }
            broker.stop();
            System.exit(0);
        }
    }

    @Test
    void doNotExhaustTheHeap() throws Exception {
        Path port = folder.resolve("port");
        Path output = folder.resolve("output");
        Process broker =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:+ExitOnOutOfMemoryError",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Child.class.getName(),
                                folder.resolve("data").toString(),
                                port.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            int at = awaitPort(broker, port);
            List<byte[]> frames =
                    List.of(
                            manyTopics(),
                            manyTagsInTheHeader(),
                            manyPartitionsProduced(),
                            hundredThousandBadNames(),
                            hundredThousandUnknownTopics(),
                            oneBrokerThreeThousandTimes());
            for (int round = 0; round < ROUNDS; round++) {
                sendTogether(at, frames);
            }
            produceOne(at);
            assertTrue(broker.isAlive(), () -> text(output));
            broker.outputWriter().close();
            assertTrue(broker.waitFor(30, TimeUnit.SECONDS), "stops");
            assertEquals(0, broker.exitValue(), () -> text(output));
            assertEquals(-1, text(output).indexOf("OutOfMemory"), () -> text(output));
        } finally {
            broker.destroyForcibly();
        }
    }

    private static int awaitPort(Process broker, Path port) throws Exception {
        for (int i = 0; i < 600 && broker.isAlive(); i++) {
            if (Files.exists(port) && Files.readString(port).endsWith("\n")) {
                return Integer.parseInt(Files.readString(port).strip());
            }
            var _ = broker.waitFor(100, TimeUnit.MILLISECONDS);
        }
        throw new AssertionError("the broker has not started");
    }

    private static String text(Path output) {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void sendTogether(int port, List<byte[]> frames) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var senders = new ArrayList<Future<?>>();
            for (int i = 0; i < SENDERS_OF_EACH; i++) {
                for (byte[] frame : frames) {
                    senders.add(
                            threads.submit(() -> {
                                exchange(port, frame);
                                return true;
                            }));
                }
            }
            for (Future<?> sender : senders) {
                sender.get();
            }
        }
    }

    /// Returns when there is an answer, or the connection is closed.
    private static void exchange(int port, byte[] frame) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(ByteBuffer.allocate(4).putInt(frame.length).array());
            socket.getOutputStream().write(frame);
            var in = new DataInputStream(socket.getInputStream());
            in.skipNBytes(in.readInt());
        } catch (EOFException | SocketException _) {
            // Refused.
        }
    }

    private static void produceOne(int port) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", "127.0.0.1:" + port);
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("good", "still there")).get(30, TimeUnit.SECONDS);
        }
    }

    // ---- the requests

    /// Topics of three bytes each, in groups of 300,000.
    private static byte[] manyTopics() {
        ByteBuffer frame = header(ApiKeys.OFFSET_FETCH, 8, NEARLY_THE_LONGEST).put((byte) 0);
        int inOne = 300_000;
        int groups = frame.remaining() / (3 * inOne + 16);
        ByteUtils.writeUnsignedVarint(groups + 1, frame);
        for (int group = 0; group < groups; group++) {
            ByteUtils.writeUnsignedVarint(1, frame);
            ByteUtils.writeUnsignedVarint(inOne + 1, frame);
            for (int topic = 0; topic < inOne; topic++) {
                frame.put((byte) 1).put((byte) 1).put((byte) 0);
            }
            frame.put((byte) 0);
        }
        return bytes(frame.put((byte) 0).put((byte) 0));
    }

    /// Unknown tagged fields of two bytes.
    private static byte[] manyTagsInTheHeader() {
        ByteBuffer frame = header(ApiKeys.METADATA, 12, NEARLY_THE_LONGEST);
        int tags = frame.remaining() / 2 - 16;
        ByteUtils.writeUnsignedVarint(tags, frame);
        for (int tag = 0; tag < tags; tag++) {
            frame.put((byte) 100).put((byte) 0);
        }
        return bytes(frame.put(new byte[] {0, 0, 0, 0}));
    }

    /// Partitions of six bytes, without records; Produce may be longer than all others.
    private static byte[] manyPartitionsProduced() {
        ByteBuffer frame = header(ApiKeys.PRODUCE, 9, 24 << 20).put((byte) 0);
        frame.put((byte) 0).putShort((short) 1).putInt(1000);
        int inOne = 500_000;
        int topics = frame.remaining() / (6 * inOne + 16);
        ByteUtils.writeUnsignedVarint(topics + 1, frame);
        for (int topic = 0; topic < topics; topic++) {
            frame.put((byte) 2).put((byte) ('a' + topic));
            ByteUtils.writeUnsignedVarint(inOne + 1, frame);
            for (int partition = 0; partition < inOne; partition++) {
                frame.putInt(partition).put((byte) 0).put((byte) 0);
            }
            frame.put((byte) 0);
        }
        return bytes(frame.put((byte) 0));
    }

    /// Within the budget, so that it is answered: with a sentence for each.
    private static byte[] hundredThousandBadNames() {
        var request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        for (int i = 0; i < 100_000; i++) {
            request.topics()
                    .add(
                            new CreatableTopic()
                                    .setName("!" + i)
                                    .setNumPartitions(1)
                                    .setReplicationFactor((short) 1));
        }
        return encoded(ApiKeys.CREATE_TOPICS, 7, request);
    }

    private static byte[] hundredThousandUnknownTopics() {
        var request = new MetadataRequestData().setAllowAutoTopicCreation(false);
        for (int i = 0; i < 100_000; i++) {
            request.topics().add(new MetadataRequestTopic().setName("nosuch" + i));
        }
        return encoded(ApiKeys.METADATA, 12, request);
    }

    /// A small frame: five bytes for each, and hundreds of settings with documentation in the answer.
    private static byte[] oneBrokerThreeThousandTimes() {
        var request =
                new DescribeConfigsRequestData()
                        .setIncludeSynonyms(true)
                        .setIncludeDocumentation(true);
        for (int i = 0; i < 3_200; i++) {
            request.resources()
                    .add(
                            new DescribeConfigsResource()
                                    .setResourceType(ConfigResource.Type.BROKER.id())
                                    .setResourceName("1")
                                    .setConfigurationKeys(null));
        }
        return encoded(ApiKeys.DESCRIBE_CONFIGS, 4, request);
    }

    private static byte[] encoded(ApiKeys api, int version, ApiMessage request) {
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, (short) version).buffer();
        return bytes(header(api, version, body.remaining() + 100).put((byte) 0).put(body));
    }

    /// A buffer that begins with a header of version 2 but for its tagged fields.
    private static ByteBuffer header(ApiKeys api, int version, int capacity) {
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion((short) version);
        return ByteBuffer.allocate(capacity)
                .put(MessageUtil.toByteBufferAccessor(header, (short) 1).buffer());
    }

    private static byte[] bytes(ByteBuffer written) {
        var bytes = new byte[written.position()];
        written.flip().get(bytes);
        return bytes;
    }
}
