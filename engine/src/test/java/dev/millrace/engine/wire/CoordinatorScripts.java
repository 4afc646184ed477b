package dev.millrace.engine.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.api.ConsumerGroupDescribeHandler;
import dev.millrace.engine.api.ConsumerGroupHeartbeatHandler;
import dev.millrace.engine.api.DeleteGroupsHandler;
import dev.millrace.engine.api.DescribeGroupsHandler;
import dev.millrace.engine.api.FindCoordinatorHandler;
import dev.millrace.engine.api.Handler;
import dev.millrace.engine.api.HeartbeatHandler;
import dev.millrace.engine.api.JoinGroupHandler;
import dev.millrace.engine.api.LeaveGroupHandler;
import dev.millrace.engine.api.ListGroupsHandler;
import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.NodeIdentity;
import dev.millrace.engine.api.OffsetCommitHandler;
import dev.millrace.engine.api.OffsetDeleteHandler;
import dev.millrace.engine.api.OffsetFetchHandler;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.api.StreamsGroupDescribeHandler;
import dev.millrace.engine.api.StreamsGroupHeartbeatHandler;
import dev.millrace.engine.api.StreamsInternalTopics;
import dev.millrace.engine.api.SyncGroupHandler;
import dev.millrace.engine.coordinator.ManualEnv;
import dev.millrace.engine.coordinator.MemoryLog;
import dev.millrace.engine.coordinator.group.ConsumerGroupConfig;
import dev.millrace.engine.coordinator.group.GroupConfig;
import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.coordinator.txn.NoTransactions;
import dev.millrace.engine.metadata.MetadataImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;

/// What conversations with a group coordinator run against: ours, in memory, or Apache Kafka's.
final class CoordinatorScripts {
    private CoordinatorScripts() {}

    /// Our answers beside the recorded ones.
    static void compare(Path recording, BiFunction<Conversation.Asker, Uuid, Conversation> made)
            throws IOException {
        MetadataImage image = GoldenFixture.image();
        Router router = router(image);
        var orders = Objects.requireNonNull(image.topics().byName("orders"));
        List<String> ours =
                made.apply(
                                (client, api, version, message) ->
                                        ask(router, api, version, message),
                                orders.id())
                        .run();
        List<String> kafkas = Files.readAllLines(recording);
        var differences = new ArrayList<String>();
        for (int i = 0; i < Math.max(ours.size(), kafkas.size()); i++) {
            String mine = i < ours.size() ? ours.get(i) : "";
            String its = i < kafkas.size() ? kafkas.get(i) : "";
            if (!mine.equals(its)) {
                differences.add("\nKafka: " + its + "\nours:  " + mine);
            }
        }
        assertEquals(List.of(), differences);
    }

    /// The handlers of groups, on one partition in memory.
    static Router router(MetadataImage image) {
        var env = new ManualEnv(1);
        var groups =
                new Groups(
                        env,
                        GroupConfig.DEFAULTS
                                .withInitialRebalanceDelayMs(0)
                                .withMaxSize(3)
                                .withConsumer(
                                        ConsumerGroupConfig.DEFAULTS
                                                .with(45_000, 5_000, 0)
                                                .withMaxSize(3))
                                .withStreams(StreamsScript.config()),
                        () -> 1,
                        () -> image);
        groups.lead(0, new MemoryLog().lead());
        List<Handler<?, ?>> handlers =
                List.of(
                        new JoinGroupHandler(groups),
                        new SyncGroupHandler(groups),
                        new HeartbeatHandler(groups),
                        new LeaveGroupHandler(groups),
                        new OffsetCommitHandler(groups, () -> image),
                        new OffsetFetchHandler(groups, () -> image),
                        new OffsetDeleteHandler(groups, () -> image),
                        new ListGroupsHandler(groups),
                        new DescribeGroupsHandler(groups),
                        new DeleteGroupsHandler(groups),
                        new ConsumerGroupHeartbeatHandler(groups),
                        new ConsumerGroupDescribeHandler(groups),
                        new StreamsGroupHeartbeatHandler(groups, noTopics(env)),
                        new StreamsGroupDescribeHandler(groups),
                        new FindCoordinatorHandler(
                                groups,
                                NoTransactions.in(env),
                                () -> image,
                                new NodeIdentity("cluster", 1),
                                _ -> {}));
        return new Router(handlers, false);
    }

    /// Topics that are asked for are never made.
    private static StreamsInternalTopics noTopics(ManualEnv env) {
        return new StreamsInternalTopics(
                env.newTurn("topics"), env.clock(), _ -> new CompletableFuture<>());
    }

    static CompletableFuture<ApiMessage> ask(
            Router router, ApiKeys api, short version, ApiMessage request) {
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion(version)
                        .setClientId("reference");
        ByteBuffer head =
                MessageUtil.toByteBufferAccessor(header, api.requestHeaderVersion(version))
                        .buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, version).buffer();
        ByteBuffer frame =
                ByteBuffer.allocate(head.remaining() + body.remaining()).put(head).put(body).flip();
        try {
            return settle(router.handle(router.decode(frame, GoldenFixture.CONNECTION)));
        } catch (MalformedRequest e) {
            throw new AssertionError(e);
        }
    }

    private static CompletableFuture<ApiMessage> settle(Outcome<? extends ApiMessage> outcome) {
        if (outcome instanceof Outcome.Parked<? extends ApiMessage> parked) {
            return parked.signal()
                    .toCompletableFuture()
                    .thenCompose(_ -> settle(parked.resume().get()));
        }
        if (outcome instanceof Outcome.Reply<? extends ApiMessage>(var response)) {
            return CompletableFuture.completedFuture(response);
        }
        throw new AssertionError("not an answer: " + outcome);
    }

    /// Asks Apache Kafka, and writes its answers down.
    ///
    /// @param address host and port of a fresh broker
    static void record(
            String address, Path recording, BiFunction<Conversation.Asker, Uuid, Conversation> made)
            throws IOException {
        String[] at = address.split(":", 2);
        int port = Integer.parseInt(at[1]);
        Map<String, ReferenceBroker> clients = new HashMap<>();
        for (String client : List.of("main", "b", "c")) {
            clients.put(client, new ReferenceBroker(at[0], port));
        }
        ReferenceBroker main = Objects.requireNonNull(clients.get("main"));
        Uuid orders = createTopic(main, "orders", 3);
        createTopic(main, "single", 1);
        awaitCoordinator(main);
        Conversation script =
                made.apply(
                        (client, api, version, message) -> {
                            var by = Objects.requireNonNull(clients.get(client));
                            return CompletableFuture.supplyAsync(
                                    () -> asked(by, api, version, message),
                                    task -> Thread.ofVirtual().start(task));
                        },
                        orders);
        try {
            script.run();
        } finally {
            Files.write(recording, script.lines());
            for (ReferenceBroker client : clients.values()) {
                client.close();
            }
        }
    }

    private static ApiMessage asked(
            ReferenceBroker kafka, ApiKeys api, short version, ApiMessage message) {
        try {
            return kafka.ask(api, version, message);
        } catch (IOException e) {
            throw new AssertionError(api + " version " + version, e);
        }
    }

    private static Uuid createTopic(ReferenceBroker kafka, String name, int partitions) {
        var request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        request.topics()
                .add(
                        new CreatableTopic()
                                .setName(name)
                                .setNumPartitions(partitions)
                                .setReplicationFactor((short) 1));
        var answer =
                (CreateTopicsResponseData) asked(kafka, ApiKeys.CREATE_TOPICS, (short) 7, request);
        return answer.topics().find(name).topicId();
    }

    /// Until the topic exists and every partition of it is loaded.
    private static void awaitCoordinator(ReferenceBroker kafka) {
        for (int attempt = 0; attempt < 100_000; attempt++) {
            var find = new FindCoordinatorRequestData().setCoordinatorKeys(List.of("g"));
            var found =
                    (FindCoordinatorResponseData)
                            asked(kafka, ApiKeys.FIND_COORDINATOR, (short) 4, find);
            var described =
                    (DescribeGroupsResponseData)
                            asked(
                                    kafka,
                                    ApiKeys.DESCRIBE_GROUPS,
                                    (short) 5,
                                    new DescribeGroupsRequestData().setGroups(List.of("g")));
            if (found.coordinators().getFirst().errorCode() == Errors.NONE.code()
                    && described.groups().getFirst().errorCode() == Errors.NONE.code()) {
                return;
            }
        }
        assertTrue(false, "no coordinator");
    }
}
