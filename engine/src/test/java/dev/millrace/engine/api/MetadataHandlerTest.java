package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.millrace.engine.metadata.Directories;
import dev.millrace.engine.metadata.ManualTime;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.testing.Contexts;
import dev.millrace.engine.testing.Replies;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a client is told of a cluster of several brokers, some of them out of reach.
final class MetadataHandlerTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final NodeIdentity SELF = new NodeIdentity("cluster", 1);

    private MetadataImage image = MetadataImage.EMPTY;
    private final List<List<String>> created = new ArrayList<>();
    private CompletableFuture<Boolean> creation = new CompletableFuture<>();
    private boolean autoCreate = true;
    private int activeController = 1;

    private final MetadataHandler handler =
            new MetadataHandler(
                    () -> image,
                    SELF,
                    () -> activeController,
                    new AutoTopics(
                            ManualTime.turn(),
                            () -> autoCreate,
                            names -> {
                                created.add(names);
                                return creation;
                            }));

    record Case(
            String what,
            int leader,
            int version,
            Errors want,
            int wantLeader,
            List<Integer> wantReplicas,
            List<Integer> wantOffline) {
        @Override
        public String toString() {
            return what;
        }
    }

    /// Replicas 1 to 4: 1 is well, 2 is fenced, 3 lacks the client's listener, 4 has never registered.
    static Stream<Case> cases() {
        List<Integer> all = List.of(1, 2, 3, 4);
        List<Integer> out = List.of(2, 3, 4);
        Errors none = Errors.LEADER_NOT_AVAILABLE;
        return Stream.of(
                new Case("leader is well", 1, 13, Errors.NONE, 1, all, out),
                new Case("leader is fenced", 2, 13, Errors.NONE, 2, all, out),
                new Case("no such listener", 3, 6, Errors.LISTENER_NOT_FOUND, -1, all, out),
                new Case("no such listener, old client", 3, 5, none, -1, all, out),
                new Case("leader is gone", 4, 13, none, -1, all, out),
                new Case("no leader", -1, 13, none, -1, all, out),
                new Case("first version", 1, 0, Errors.REPLICA_NOT_AVAILABLE, 1, List.of(1), out),
                new Case("first version, no leader", -1, 0, none, -1, List.of(1), out));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void tellsWhatKeepsAClientFromTheLeader(Case c) {
        broker(1, false, "PLAINTEXT", "one", 9092);
        broker(2, true, "PLAINTEXT", "two", 9092);
        broker(3, false, "INTERNAL", "three", 9092);
        topic("t", c.leader, List.of(1, 2, 3, 4), Directories.UNASSIGNED);
        MetadataResponsePartition partition =
                named(c.version, "t").topics().iterator().next().partitions().getFirst();
        assertEquals(c.want, Errors.forCode(partition.errorCode()));
        assertEquals(c.wantLeader, partition.leaderId());
        assertEquals(c.wantReplicas, partition.replicaNodes());
        assertEquals(c.wantOffline, partition.offlineReplicas());
    }

    /// What is not there is called as the client likes, or nothing at all; it must not all come into one slot of the answer's table.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void topicsThatAreNotThereStandApartInTheAnswer(boolean refused) {
        var request = new MetadataRequestData().setTopics(new ArrayList<>());
        for (int i = 1; i <= 10_000; i++) {
            request.topics()
                    .add(new MetadataRequestTopic().setTopicId(new Uuid(i, i)).setName(null));
        }
        if (refused) {
            request.topics().add(new MetadataRequestTopic().setName(null));
        }

        var answer = Replies.of(handler.handle(Contexts.of(ApiKeys.METADATA, 13), request));

        assertEquals(request.topics().size(), answer.topics().size());
        long slots = answer.topics().stream().mapToInt(Object::hashCode).distinct().count();
        assertEquals(answer.topics().size(), slots);
    }

    @Test
    void aReplicaInALostDirectoryIsOffline() {
        broker(1, false, "PLAINTEXT", "one", 9092);
        topic("t", 1, List.of(1), Directories.LOST);
        var partition = named(13, "t").topics().iterator().next().partitions().getFirst();
        assertEquals(List.of(1), partition.offlineReplicas());
    }

    @Test
    void whatIsNotAdvertisedIsWhereTheClientIs() {
        broker(1, false, "PLAINTEXT", "", 0);
        var broker = named(13, "t").brokers().find(1);
        assertNotNull(broker);
        assertEquals("host.docker.internal", broker.host());
        assertEquals(19092, broker.port());
    }

    @Test
    void theControllerIsOneThatClientsCanReach() {
        broker(1, false, "PLAINTEXT", "one", 9092);
        broker(2, false, "PLAINTEXT", "two", 9092);
        activeController = 2;
        assertEquals(2, named(13, "t").controllerId());
        activeController = 100;
        assertEquals(1, named(13, "t").controllerId());
        image = MetadataImage.EMPTY;
        assertEquals(-1, named(13, "t").controllerId());
    }

    @Test
    void aMissingTopicIsMadeOnce() {
        named(13, "a", "b", "bad name");
        named(13, "b", "c");
        assertEquals(List.of(List.of("a", "b"), List.of("c")), created);
        creation.complete(true);
        creation = new CompletableFuture<>();
        named(13, "b");
        assertEquals(List.of("b"), created.getLast(), "again, should it still be missing");
    }

    @Test
    void nothingIsMadeWhereTheSettingForbidsIt() {
        autoCreate = false;
        named(13, "a");
        assertEquals(List.of(), created);
    }

    @Test
    void creationsUnderWayAreBounded() {
        for (int i = 0; i < AutoTopics.MOST_PENDING + 5; i++) {
            named(13, "t" + i);
        }
        assertEquals(AutoTopics.MOST_PENDING, created.size());
    }

    /// The pages together are what one large page is, whatever their size.
    @ParameterizedTest
    @MethodSource("limits")
    void pagesJoinToTheWhole(int limit) {
        broker(1, false, "PLAINTEXT", "one", 9092);
        for (String name : List.of("a", "b", "c", "d")) {
            for (int i = name.charAt(0) - 'a'; i >= 0; i--) {
                topic(name, 1, List.of(1), Directories.UNASSIGNED);
            }
        }
        var handler = new DescribeTopicPartitionsHandler(() -> image, () -> 2_000);
        var pages = new ArrayList<String>();
        var request = new DescribeTopicPartitionsRequestData().setResponsePartitionLimit(limit);
        DescribeTopicPartitionsResponseData.Cursor next;
        do {
            var page =
                    reply(handler.handle(context(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0), request));
            int before = pages.size();
            page.topics()
                    .forEach(topic ->
                            topic.partitions()
                                    .forEach(partition ->
                                            pages.add(topic.name() + partition.partitionIndex())));
            assertEquals(Math.min(limit, 10 - before), pages.size() - before);
            next = page.nextCursor();
            if (next != null) {
                request.setCursor(
                        new DescribeTopicPartitionsRequestData.Cursor()
                                .setTopicName(next.topicName())
                                .setPartitionIndex(next.partitionIndex()));
            }
        } while (next != null);
        assertEquals(List.of("a0", "b0", "b1", "c0", "c1", "c2", "d0", "d1", "d2", "d3"), pages);
    }

    static Stream<Integer> limits() {
        return Stream.iterate(1, limit -> limit + 1).limit(11);
    }

    private MetadataResponseData named(int version, String... names) {
        var request = new MetadataRequestData();
        for (String name : names) {
            request.topics().add(new MetadataRequestTopic().setName(name));
        }
        return reply(handler.handle(context(ApiKeys.METADATA, version), request));
    }

    @SuppressWarnings("unchecked")
    private static <R> R reply(Outcome<R> outcome) {
        return ((Outcome.Reply<R>) assertInstanceOf(Outcome.Reply.class, outcome)).response();
    }

    private static RequestContext context(ApiKeys api, int version) {
        return new RequestContext(
                api,
                (short) version,
                1,
                "client",
                new ClientConnection(
                        1,
                        "PLAINTEXT",
                        SecurityProtocol.PLAINTEXT,
                        "10.0.0.1",
                        "host.docker.internal",
                        19092,
                        KafkaPrincipal.ANONYMOUS));
    }

    private void replay(ApiMessage record) {
        image = image.replay(record, image.offset() + 1, 1);
    }

    private void broker(int id, boolean fenced, String listener, String host, int port) {
        var record = new RegisterBrokerRecord().setBrokerId(id).setFenced(fenced).setRack(null);
        record.endPoints().add(new BrokerEndpoint().setName(listener).setHost(host).setPort(port));
        replay(record);
    }

    /// Adds a topic, or one more partition to it.
    private void topic(String name, int leader, List<Integer> replicas, Uuid directory) {
        var known = image.topics().byName(name);
        Uuid id =
                known == null
                        ? new Uuid(TOPIC.getMostSignificantBits(), name.hashCode())
                        : known.id();
        if (known == null) {
            replay(new TopicRecord().setName(name).setTopicId(id));
        }
        replay(
                new PartitionRecord()
                        .setTopicId(id)
                        .setPartitionId(known == null ? 0 : known.partitions().size())
                        .setReplicas(replicas)
                        .setDirectories(replicas.stream().map(_ -> directory).toList())
                        .setIsr(replicas)
                        .setLeader(leader)
                        .setLeaderEpoch(0)
                        .setPartitionEpoch(0));
    }
}
