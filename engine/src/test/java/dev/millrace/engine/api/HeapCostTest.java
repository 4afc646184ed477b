package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.Contexts;
import dev.millrace.engine.testing.Replies;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a request may need before it is answered. DescribeConfigs asks for much with little.
final class HeapCostTest {
    private static final int TIMES = 100;

    private static DescribeConfigsRequestData described(
            ConfigResource.Type type, String name, @Nullable List<String> keys) {
        var request = new DescribeConfigsRequestData();
        for (int i = 0; i < TIMES; i++) {
            request.resources()
                    .add(
                            new DescribeConfigsResource()
                                    .setResourceType(type.id())
                                    .setResourceName(name)
                                    .setConfigurationKeys(keys));
        }
        return request;
    }

    private static long cost(ApiKeys api, int version, ApiMessage request) {
        short headerVersion = api.requestHeaderVersion((short) version);
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion((short) version)
                        .setClientId("c");
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header, headerVersion).buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, (short) version).buffer();
        ByteBuffer frame = ByteBuffer.allocate(head.remaining() + body.remaining());
        return HeapCost.of(api, (short) version, frame.put(head).put(body).flip());
    }

    private static long cost(int version, DescribeConfigsRequestData request) {
        return cost(ApiKeys.DESCRIBE_CONFIGS, version, request);
    }

    @ParameterizedTest
    @EnumSource(names = {"BROKER", "TOPIC", "GROUP", "CLIENT_METRICS"})
    void everySettingThatIsDescribedCounts(ConfigResource.Type type) {
        var metadata = TestMetadata.withBrokers(1);
        metadata.topic("t", 1, 1);
        var handler = new DescribeConfigsHandler(metadata::image, ClusterDefaults.of(1, Map.of()));
        String name = type == ConfigResource.Type.BROKER ? "1" : "t";
        DescribeConfigsRequestData request = described(type, name, null);

        var answer = Replies.of(handler.handle(Contexts.of(handler.api(), 4), request));

        int settings = 0;
        for (var result : answer.results()) {
            assertEquals(0, result.errorCode(), result.errorMessage());
            settings += result.configs().size();
        }
        assertTrue(settings > 0);
        for (int version = 1; version <= 4; version++) {
            long cost = cost(version, request);
            assertTrue(cost >= HeapCost.perSetting(type.id()) * settings, type + ": " + cost);
        }
    }

    @Test
    void synonymsCountAsMuchAgain() {
        DescribeConfigsRequestData request = described(ConfigResource.Type.BROKER, "1", null);
        long without = cost(4, request);
        long settings = without - TIMES * (HeapCost.PER_ELEMENT + HeapCost.PER_BYTE);
        assertTrue(cost(4, request.setIncludeSynonyms(true)) >= without + settings / 2);
    }

    /// As `kafka-topics --describe` asks, of a broker with the heap that it has by default.
    @Test
    void allTopicsOfALargeClusterAreTold() {
        var request = new DescribeConfigsRequestData();
        for (int i = 0; i < 20_000; i++) {
            request.resources()
                    .add(
                            new DescribeConfigsResource()
                                    .setResourceType(ConfigResource.Type.TOPIC.id())
                                    .setResourceName("topic-%05d".formatted(i))
                                    .setConfigurationKeys(null));
        }
        assertTrue(cost(4, request) < 128 << 20, cost(4, request) + " bytes");
    }

    @Test
    void ofNamedSettingsNoMoreThanThoseCount() {
        var one = described(ConfigResource.Type.BROKER, "1", List.of("log.retention.ms"));
        assertTrue(cost(4, one) < cost(4, described(ConfigResource.Type.BROKER, "1", null)) / 50);
    }

    @Test
    void otherSmallRequestsCountNothing() {
        var request = new MetadataRequestData().setTopics(new ArrayList<>());
        assertEquals(0, cost(ApiKeys.METADATA, 12, request));
    }
}
