package dev.millrace.engine.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.RequestContext;
import dev.millrace.engine.api.Router;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Requests as large as a frame allows; each was also put to Apache Kafka 4.4.0, with the same result.
@Timeout(60)
final class LargeRequestsTest {
    private final Router router = GoldenFixture.router();

    @Test
    void aHundredThousandUnknownTopics() throws MalformedRequest {
        var response =
                (MetadataResponseData)
                        ask(ApiKeys.METADATA, 12, metadata(100_000, i -> "nosuch-" + i));
        assertEquals(100_000, response.topics().size());
        response.topics()
                .forEach(topic ->
                        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION.code(), topic.errorCode()));
    }

    @Test
    void oneTopicAHundredThousandTimes() throws MalformedRequest {
        var response =
                (MetadataResponseData) ask(ApiKeys.METADATA, 12, metadata(100_000, _ -> "orders"));
        assertEquals(1, response.topics().size());
    }

    /// The library reads at most a million elements into one array.
    @Test
    void moreThanAMillionTopicsAreMalformed() {
        assertThrows(
                MalformedRequest.class,
                () -> ask(ApiKeys.METADATA, 12, metadata(1_000_001, i -> "n" + i)));
    }

    @Test
    void aHundredThousandTopicsToDescribe() throws MalformedRequest {
        var request = new DescribeTopicPartitionsRequestData();
        for (int i = 0; i < 100_000; i++) {
            request.topics()
                    .add(new DescribeTopicPartitionsRequestData.TopicRequest().setName("zz" + i));
        }
        var response =
                (DescribeTopicPartitionsResponseData)
                        ask(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, request);
        assertEquals(100_000, response.topics().size());
    }

    @Test
    void aHundredThousandPartitionsTwice() throws MalformedRequest {
        var request = new DescribeProducersRequestData();
        List<Integer> indexes = IntStream.range(0, 100_000).boxed().toList();
        for (int i = 0; i < 2; i++) {
            request.topics()
                    .add(
                            new DescribeProducersRequestData.TopicRequest()
                                    .setName("orders")
                                    .setPartitionIndexes(indexes));
        }
        var response = (DescribeProducersResponseData) ask(ApiKeys.DESCRIBE_PRODUCERS, 0, request);
        assertEquals(2, response.topics().size());
        assertEquals(100_000, response.topics().getLast().partitions().size());
    }

    @Test
    void aPartitionAskedForTwiceIsDescribedOnce() throws MalformedRequest {
        var request =
                new DescribeLogDirsRequestData()
                        .setTopics(
                                new DescribeLogDirsRequestData.DescribableLogDirTopicCollection());
        for (int i = 0; i < 2; i++) {
            request.topics()
                    .add(
                            new DescribableLogDirTopic()
                                    .setTopic("orders")
                                    .setPartitions(List.of(0, 0)));
        }
        var response = (DescribeLogDirsResponseData) ask(ApiKeys.DESCRIBE_LOG_DIRS, 4, request);
        var topics = response.results().getFirst().topics();
        assertEquals(1, topics.size());
        assertEquals(1, topics.getFirst().partitions().size());
    }

    @Test
    void aLongClientNameIsTakenAndCut() throws MalformedRequest {
        var request =
                new ApiVersionsRequestData()
                        .setClientSoftwareName("a".repeat(30_000))
                        .setClientSoftwareVersion("1");
        var response = (ApiVersionsResponseData) ask(ApiKeys.API_VERSIONS, 3, request);
        assertEquals(Errors.NONE.code(), response.errorCode());
        assertEquals(255, GoldenFixture.CONNECTION.software().name().length());
    }

    private static MetadataRequestData metadata(int count, IntFunction<String> names) {
        var request = new MetadataRequestData().setAllowAutoTopicCreation(false);
        for (int i = 0; i < count; i++) {
            request.topics().add(new MetadataRequestTopic().setName(names.apply(i)));
        }
        return request;
    }

    private ApiMessage ask(ApiKeys api, int version, ApiMessage request) throws MalformedRequest {
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion((short) version);
        ByteBuffer head =
                MessageUtil.toByteBufferAccessor(header, api.requestHeaderVersion((short) version))
                        .buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, (short) version).buffer();
        ByteBuffer frame =
                ByteBuffer.allocate(head.remaining() + body.remaining()).put(head).put(body).flip();
        Router.Call call = router.decode(frame, GoldenFixture.CONNECTION);
        RequestContext context = call.context();
        Object response = assertInstanceOf(Outcome.Reply.class, router.handle(call)).response();
        var answer = assertInstanceOf(ApiMessage.class, response);
        // As it would go out: a null where none may stand shows here.
        MessageUtil.toByteBufferAccessor(answer, context.version());
        return answer;
    }
}
