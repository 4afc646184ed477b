package dev.millrace.dist;

import dev.millrace.cli.Commands;
import dev.millrace.cli.Main;
import dev.millrace.cli.Terminal;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicCollection;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// Makes a broker, or the command line, do its usual work while the JVM records what it loads and how it runs: that recording
/// becomes the start-up cache. Runs when a distribution is built, never in use.
///
/// The broker is driven by bare frames, so that its cache holds no class of a client.
final class Training {
    private static final int ROUNDS = 300;
    private static final long PAUSE_MS = 20;

    private final Socket socket;
    private final DataInputStream in;
    private final Set<Short> served = new HashSet<>();
    private final boolean oldest;
    private final String topic;
    private int correlation;

    private Training(InetSocketAddress address, boolean oldest) throws IOException {
        this.oldest = oldest;
        this.topic = oldest ? "training-oldest" : "training";
        socket = new Socket(address.getAddress(), address.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        in = new DataInputStream(socket.getInputStream());
    }

    /// What a client does from its first connection on: one of the oldest served versions, then one of the latest.
    static void broker(InetSocketAddress address) throws IOException {
        for (boolean oldest : new boolean[] {true, false}) {
            var training = new Training(address, oldest);
            try {
                training.run();
            } finally {
                training.socket.close();
            }
        }
    }

    private void run() throws IOException {
        var versions =
                (ApiVersionsResponseData)
                        call(
                                ApiKeys.API_VERSIONS,
                                new ApiVersionsRequestData()
                                        .setClientSoftwareName("training")
                                        .setClientSoftwareVersion("1"));
        versions.apiKeys().forEach(api -> served.add(api.apiKey()));
        if (!served.contains(ApiKeys.CREATE_TOPICS.id) || !served.contains(ApiKeys.PRODUCE.id)) {
            return;
        }
        var topics = new CreatableTopicCollection();
        topics.add(
                new CreatableTopic()
                        .setName(topic)
                        .setNumPartitions(1)
                        .setReplicationFactor((short) 1));
        call(
                ApiKeys.CREATE_TOPICS,
                new CreateTopicsRequestData().setTopics(topics).setTimeoutMs(5_000));
        var metadata =
                (MetadataResponseData)
                        call(
                                ApiKeys.METADATA,
                                new MetadataRequestData()
                                        .setTopics(
                                                List.of(
                                                        new MetadataRequestTopic()
                                                                .setName(topic))));
        Uuid id = metadata.topics().iterator().next().topicId();
        for (int round = 0; round < ROUNDS; round++) {
            call(ApiKeys.PRODUCE, produce(id, (short) (round % 2 == 0 ? 1 : -1)));
            call(ApiKeys.FETCH, fetch(id));
        }
        call(ApiKeys.LIST_OFFSETS, listOffsets());
        if (!oldest) {
            findCoordinator();
        }
    }

    /// The first question has the topic of the groups made, and is answered before it is there.
    private void findCoordinator() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            var answer =
                    (FindCoordinatorResponseData)
                            call(
                                    ApiKeys.FIND_COORDINATOR,
                                    new FindCoordinatorRequestData()
                                            .setCoordinatorKeys(List.of("training")));
            if (answer.coordinators().getFirst().errorCode() == Errors.NONE.code()) {
                return;
            }
            pause();
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("The training is over.");
        }
    }

    private ProduceRequestData produce(Uuid id, short acks) {
        byte[] value = "a record of the training".getBytes(StandardCharsets.UTF_8);
        var records =
                MemoryRecords.withRecords(
                        Compression.NONE, new SimpleRecord(value), new SimpleRecord(value));
        var topics = new TopicProduceDataCollection();
        topics.add(
                new TopicProduceData()
                        .setName(topic)
                        .setTopicId(id)
                        .setPartitionData(
                                List.of(
                                        new PartitionProduceData()
                                                .setIndex(0)
                                                .setRecords(records))));
        return new ProduceRequestData().setAcks(acks).setTimeoutMs(5_000).setTopicData(topics);
    }

    private FetchRequestData fetch(Uuid id) {
        return new FetchRequestData()
                .setMaxWaitMs(10)
                .setMinBytes(1)
                .setMaxBytes(1 << 20)
                .setSessionEpoch(-1)
                .setTopics(
                        List.of(
                                new FetchTopic()
                                        .setTopic(topic)
                                        .setTopicId(id)
                                        .setPartitions(
                                                List.of(
                                                        new FetchPartition()
                                                                .setPartition(0)
                                                                .setFetchOffset(0)
                                                                .setPartitionMaxBytes(1 << 20)))));
    }

    private ListOffsetsRequestData listOffsets() {
        return new ListOffsetsRequestData()
                .setReplicaId(-1)
                .setTopics(
                        List.of(
                                new ListOffsetsTopic()
                                        .setName(topic)
                                        .setPartitions(
                                                List.of(
                                                        new ListOffsetsPartition()
                                                                .setPartitionIndex(0)
                                                                .setTimestamp(-1)))));
    }

    private ApiMessage call(ApiKeys api, ApiMessage request) throws IOException {
        short version = oldest ? api.oldestVersion() : api.latestVersion();
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion(version)
                        .setCorrelationId(++correlation)
                        .setClientId("training");
        ByteBuffer head =
                MessageUtil.toByteBufferAccessor(header, api.requestHeaderVersion(version))
                        .buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, version).buffer();
        int length = head.remaining() + body.remaining();
        ByteBuffer frame =
                ByteBuffer.allocate(Integer.BYTES + length).putInt(length).put(head).put(body);
        socket.getOutputStream().write(frame.array());

        byte[] answer = new byte[in.readInt()];
        in.readFully(answer);
        var accessor = new ByteBufferAccessor(ByteBuffer.wrap(answer));
        new ResponseHeaderData(accessor, api.responseHeaderVersion(version));
        ApiMessage response = api.messageType.newResponse();
        response.read(accessor, version);
        return response;
    }

    /// The commands that people and scripts run most, against a broker that runs already.
    static void commandLine(Object root, String bootstrapServer) {
        String[][] commands = {
            {"version", "--output", "text"},
            {"topic", "create", "--help"},
            {"topic", "create", "cli-training", "--bootstrap-server", bootstrapServer},
            {"topic", "list", "--bootstrap-server", bootstrapServer},
            {"topic", "describe", "cli-training", "--bootstrap-server", bootstrapServer},
            {"produce", "cli-training", "--bootstrap-server", bootstrapServer},
            {
                "consume",
                "cli-training",
                "--from-beginning",
                "--max-messages",
                "1",
                "--bootstrap-server",
                bootstrapServer
            }
        };
        for (String[] words : commands) {
            Commands.run(root, words, silent());
        }
        Main.run(
                new String[] {"kafka-topics", "--list", "--bootstrap-server", bootstrapServer},
                silent());
    }

    private static Terminal silent() {
        var nowhere =
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Terminal(
                new ByteArrayInputStream("a line\n".getBytes(StandardCharsets.UTF_8)),
                nowhere,
                nowhere,
                false);
    }
}
