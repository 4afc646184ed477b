package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.Contexts;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// KIP-951, as broker 1 tells it in a cluster of three: 2 leads `t`, 3 is fenced and leads `u`, nobody leads `v`.
class CurrentLeadersTest {
    private final TestMetadata metadata = TestMetadata.withBrokers(1);
    private final CurrentLeaders leaders = new CurrentLeaders(metadata::image, 1);

    CurrentLeadersTest() {
        metadata.broker(2, false, "rack-b").broker(3, true);
        metadata.topic("t", 1, 2);
        metadata.topic("u", 1, 3);
    }

    record Case(String what, String topic, int version, Errors error, String want) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Case> produce() {
        Errors not = Errors.NOT_LEADER_OR_FOLLOWER;
        return Stream.of(
                new Case("by name", "t", 12, not, "2/0 [2 localhost:9093 rack-b]"),
                new Case("by id", "t", 13, not, "2/0 [2 localhost:9093 rack-b]"),
                new Case("first version", "t", 10, not, "2/0 [2 localhost:9093 rack-b]"),
                new Case("before it", "t", 9, not, "-1/-1 []"),
                new Case("leader is fenced", "u", 12, not, "3/0 []"),
                new Case("no such topic", "x", 12, not, "-1/-1 []"),
                new Case("all is well", "t", 12, Errors.NONE, "-1/-1 []"),
                new Case("another error", "t", 12, Errors.NOT_ENOUGH_REPLICAS, "-1/-1 []"));
    }

    @ParameterizedTest
    @MethodSource
    void produce(Case c) {
        ProduceResponseData response = produced(c);
        leaders.inProduce().accept(Contexts.of(ApiKeys.PRODUCE, c.version), response);
        var answer = response.responses().iterator().next().partitionResponses().getFirst();
        var leader = answer.currentLeader();
        assertEquals(
                c.want,
                leader.leaderId()
                        + "/"
                        + leader.leaderEpoch()
                        + " "
                        + response.nodeEndpoints().stream()
                                .map(n ->
                                        n.nodeId()
                                                + " "
                                                + n.host()
                                                + ":"
                                                + n.port()
                                                + " "
                                                + n.rack())
                                .toList());
    }

    private ProduceResponseData produced(Case c) {
        boolean byId = c.version >= 13;
        var topic =
                new TopicProduceResponse()
                        .setName(byId ? "" : c.topic)
                        .setTopicId(byId ? id(c.topic) : Uuid.ZERO_UUID);
        topic.partitionResponses().add(new PartitionProduceResponse().setErrorCode(c.error.code()));
        var response = new ProduceResponseData();
        response.responses().add(topic);
        return response;
    }

    private Uuid id(String topic) {
        return Objects.requireNonNull(metadata.image().topics().byName(topic)).id();
    }

    static Stream<Case> fetch() {
        return Stream.of(
                new Case("elsewhere", "t", 16, Errors.NOT_LEADER_OR_FOLLOWER, "2/0 [2]"),
                new Case("an old epoch", "t", 16, Errors.FENCED_LEADER_EPOCH, "2/0 [2]"),
                new Case("a new epoch", "t", 16, Errors.UNKNOWN_LEADER_EPOCH, "-1/-1 []"),
                new Case("before it", "t", 15, Errors.NOT_LEADER_OR_FOLLOWER, "-1/-1 []"),
                new Case("leader is fenced", "u", 18, Errors.NOT_LEADER_OR_FOLLOWER, "3/0 []"));
    }

    @ParameterizedTest
    @MethodSource
    void fetch(Case c) {
        var partition = new FetchResponseData.PartitionData().setErrorCode(c.error.code());
        var twin = new FetchResponseData.PartitionData().setErrorCode(c.error.code());
        var response =
                new FetchResponseData()
                        .setResponses(
                                List.of(
                                        new FetchableTopicResponse()
                                                .setTopicId(id(c.topic))
                                                .setPartitions(List.of(partition, twin))));
        leaders.inFetch().accept(Contexts.of(ApiKeys.FETCH, c.version), response);
        assertEquals(
                c.want,
                partition.currentLeader().leaderId()
                        + "/"
                        + partition.currentLeader().leaderEpoch()
                        + " "
                        + response.nodeEndpoints().stream().map(n -> n.nodeId()).toList());
    }

    /// A leader that is deposed while a request waits for its commit: the answer comes late, and is completed all the same.
    @Test
    void lateAnswersAreCompletedToo() {
        var response = produced(new Case("", "t", 12, Errors.NOT_LEADER_OR_FOLLOWER, ""));
        var signal = new CompletableFuture<Void>();
        Handler<ProduceRequestData, ProduceResponseData> late =
                new Handler<>() {
                    @Override
                    public ApiKeys api() {
                        return ApiKeys.PRODUCE;
                    }

                    @Override
                    public Outcome<ProduceResponseData> handle(
                            RequestContext context, ProduceRequestData request) {
                        return new Outcome.Blocked<>(
                                signal,
                                () -> new Outcome.Parked<>(signal, () -> Outcome.reply(response)));
                    }
                };
        var handler = new CompletedHandler<>(late, leaders.inProduce());
        var blocked =
                assertInstanceOf(
                        Outcome.Blocked.class,
                        handler.handle(Contexts.of(ApiKeys.PRODUCE, 12), new ProduceRequestData()));
        var parked = assertInstanceOf(Outcome.Parked.class, blocked.resume().get());
        var answer = response.responses().iterator().next().partitionResponses().getFirst();
        assertEquals(-1, answer.currentLeader().leaderId());
        assertInstanceOf(Outcome.Reply.class, parked.resume().get());
        assertEquals(2, answer.currentLeader().leaderId());
    }
}
