package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.engine.wire.RandomFrames;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
final class KeyedArraysTest {
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(JsonParser.Feature.ALLOW_COMMENTS, true);

    @Test
    void knowsEveryKeyedArrayOfTheLibrary() throws IOException {
        var keys = new EnumMap<ApiKeys, Map<String, List<String>>>(ApiKeys.class);
        for (ApiKeys api : ApiKeys.brokerApis()) {
            String file = "/common/message/%sRequest.json".formatted(api.name);
            try (InputStream in = ApiKeys.class.getResourceAsStream(file)) {
                JsonNode definition = JSON.readTree(in);
                var found = new TreeMap<String, List<String>>();
                collect(definition, definition.get("fields"), "", found);
                if (!found.isEmpty()) {
                    keys.put(api, found);
                }
            }
        }
        assertEquals(keys, KeyedArrays.KEYS);
    }

    private static void collect(
            JsonNode definition, JsonNode fields, String path, Map<String, List<String>> found) {
        for (JsonNode field : fields) {
            JsonNode inner = field.path("fields");
            for (JsonNode common : definition.path("commonStructs")) {
                if (field.get("type").asText().equals("[]" + common.get("name").asText())) {
                    inner = common.get("fields");
                }
            }
            String name = path + snake(field.get("name").asText());
            var key = new ArrayList<String>();
            inner.forEach(part -> {
                if (part.path("mapKey").asBoolean()) {
                    key.add(snake(part.get("name").asText()));
                }
            });
            if (!key.isEmpty()) {
                found.put(name, key);
            }
            collect(definition, inner, name + ".", found);
        }
    }

    private static String snake(String name) {
        return name.replaceAll("(?<!^)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    @Test
    void goesThroughEveryMessageToItsEnd() {
        var frames = new RandomFrames(5, ApiKeys.brokerApis(), "orders");
        for (RandomFrames.Target target : RandomFrames.targets(ApiKeys.brokerApis())) {
            for (int round = 0; round < 20; round++) {
                ByteBuffer frame = frames.valid(target);
                short headerVersion = target.api().requestHeaderVersion(target.version());
                var _ = new RequestHeaderData(new ByteBufferAccessor(frame), headerVersion);
                var reader = new SchemaReader(frame);
                reader.skip(target.api().messageType.requestSchemas()[target.version()]);
                assertEquals(0, reader.remaining(), target::toString);
            }
        }
    }

    @Test
    void hashesAsTheGeneratedClassesDo() {
        assertEquals(
                new DescribeLogDirsRequestData.DescribableLogDirTopic()
                        .setTopic("Ωmega")
                        .hashCode(),
                hash(ApiKeys.DESCRIBE_LOG_DIRS, 5, "topics", List.of("topic"), "Ωmega"));
        assertEquals(
                new ProduceRequestData.TopicProduceData().setName("orders").hashCode(),
                hash(ApiKeys.PRODUCE, 12, "topic_data", List.of("name", "topic_id"), "orders"));
        assertEquals(
                new AlterConfigsRequestData.AlterConfigsResource()
                        .setResourceType((byte) 2)
                        .setResourceName("orders")
                        .hashCode(),
                hash(
                        ApiKeys.ALTER_CONFIGS,
                        2,
                        "resources",
                        List.of("resource_type", "resource_name"),
                        (byte) 2,
                        "orders"));
    }

    private static int hash(
            ApiKeys api, int version, String array, List<String> key, Object... values) {
        var element =
                (Schema)
                        api.messageType
                                .requestSchemas()[version]
                                .get(array)
                                .def
                                .type
                                .arrayElementType()
                                .orElseThrow();
        ByteBuffer bytes = ByteBuffer.allocate(100);
        for (int i = 0; i < values.length; i++) {
            element.fields()[i].def.type.write(bytes, values[i]);
        }
        return new SchemaReader(bytes.flip()).hash(element, key);
    }

    record Attack(
            String what,
            ApiKeys api,
            int version,
            String path,
            int count,
            IntFunction<String> names) {
        Attack(String what, ApiKeys api, int version, String path, IntFunction<String> names) {
            this(what, api, version, path, 1_100, names);
        }

        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Attack> attacks() {
        IntFunction<String> same = _ -> "t";
        IntFunction<String> alike = KeyedArraysTest::colliding;
        return Stream.of(
                new Attack("the same topic", ApiKeys.DESCRIBE_LOG_DIRS, 5, "topics", same),
                new Attack("equal hashes", ApiKeys.DESCRIBE_LOG_DIRS, 5, "topics", alike),
                new Attack("not compact", ApiKeys.DESCRIBE_LOG_DIRS, 1, "topics", same),
                new Attack("one setting", ApiKeys.CREATE_TOPICS, 7, "topics.configs", same),
                new Attack("one partition", ApiKeys.CREATE_TOPICS, 7, "topics.assignments", same),
                new Attack(
                        "settings",
                        ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                        1,
                        "resources.configs",
                        alike),
                new Attack("produce by name", ApiKeys.PRODUCE, 12, "topic_data", same),
                new Attack("produce by id", ApiKeys.PRODUCE, 13, "topic_data", same),
                new Attack("protocols", ApiKeys.JOIN_GROUP, 9, "protocols", alike),
                new Attack("topics by id", ApiKeys.DELETE_TOPICS, 6, "topics", 10_200, same),
                new Attack("topics", ApiKeys.DELETE_TOPICS, 5, "topic_names", 10_200, alike),
                new Attack("offsets", ApiKeys.OFFSET_DELETE, 0, "topics.partitions", same),
                new Attack("records", ApiKeys.DELETE_RECORDS, 2, "topics.partitions", 10_200, same),
                new Attack("of topics", ApiKeys.DELETE_RECORDS, 2, "topics", 10_200, alike),
                new Attack("pages", ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, "topics", 10_200, alike),
                new Attack("groups", ApiKeys.DELETE_GROUPS, 2, "groups_names", 10_200, alike),
                new Attack(
                        "in a transaction",
                        ApiKeys.ADD_PARTITIONS_TO_TXN,
                        3,
                        "v3_and_below_topics.partitions",
                        12_000,
                        i -> "" + 24_003 * i),
                new Attack(
                        "in transactions",
                        ApiKeys.ADD_PARTITIONS_TO_TXN,
                        5,
                        "transactions.topics.partitions",
                        12_000,
                        i -> "" + 24_003 * i));
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void collidingKeysAreMalformed(Attack attack) {
        ByteBuffer body = body(attack.api, attack.version, attack.path, attack.count, attack.names);
        short version = (short) attack.version;
        assertThrows(MalformedRequest.class, () -> KeyedArrays.examine(attack.api, version, body));
    }

    @Test
    void whatClientsSendIsNot() throws MalformedRequest {
        for (IntFunction<String> names :
                List.<IntFunction<String>>of(
                        i -> "t" + i,
                        i -> "orders-%06d".formatted(i),
                        i -> Integer.toHexString(i * 0x9E3779B9),
                        i -> "topic.%d.%d".formatted(i / 100, i % 100))) {
            ByteBuffer body = body(ApiKeys.DESCRIBE_LOG_DIRS, 5, "topics", 30_000, names);
            KeyedArrays.examine(ApiKeys.DESCRIBE_LOG_DIRS, (short) 5, body);
            int[] hashes = IntStream.range(0, 30_000).map(i -> names.apply(i).hashCode()).toArray();
            long cost = CollisionCost.of(hashes, CollisionCost.READ);
            assertTrue(cost < CollisionCost.BEARABLE / 4, () -> names.apply(7) + ": " + cost);
        }
    }

    /// Kafka deletes as many at once. Whether they are known, and so have names in the answer, only the controller finds out.
    @Test
    void tenThousandTopicsCanBeDeletedById() throws MalformedRequest {
        ByteBuffer body = body(ApiKeys.DELETE_TOPICS, 6, "topics", 10_000, _ -> "t");
        KeyedArrays.examine(ApiKeys.DELETE_TOPICS, (short) 6, body);
    }

    @Test
    void partitionsOfManyTopicsCostTogether() {
        var request = new OffsetDeleteRequestData().setGroupId("g");
        for (int topic = 0; topic < 100; topic++) {
            var partitions =
                    IntStream.range(0, 900)
                            .mapToObj(_ -> new OffsetDeleteRequestPartition().setPartitionIndex(7))
                            .toList();
            request.topics()
                    .add(
                            new OffsetDeleteRequestTopic()
                                    .setName("t" + topic)
                                    .setPartitions(partitions));
        }
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, (short) 0).buffer();
        assertThrows(
                MalformedRequest.class,
                () -> KeyedArrays.examine(ApiKeys.OFFSET_DELETE, (short) 0, body));
    }

    @Test
    void manyPartitionsAreWhatClientsSend() throws MalformedRequest {
        ByteBuffer body =
                body(
                        ApiKeys.ADD_PARTITIONS_TO_TXN,
                        3,
                        "v3_and_below_topics.partitions",
                        100_000,
                        Integer::toString);
        KeyedArrays.examine(ApiKeys.ADD_PARTITIONS_TO_TXN, (short) 3, body);
    }

    /// Sixteen letters, each pair of them "Aa" or "BB", which Java hashes alike.
    private static String colliding(int number) {
        var name = new StringBuilder();
        for (int bit = 0; bit < 16; bit++) {
            name.append((number >> bit & 1) == 0 ? "Aa" : "BB");
        }
        return name.toString();
    }

    /// A body of nothing but one array. Written by schema: the library's own classes would take as long as the attack means.
    private static ByteBuffer body(
            ApiKeys api, int version, String path, int count, IntFunction<String> names) {
        Schema schema = api.messageType.requestSchemas()[version];
        Struct body = filled(schema, path.split("\\."), 0, count, names);
        ByteBuffer bytes = ByteBuffer.allocate(schema.sizeOf(body));
        schema.write(bytes, body);
        return bytes.flip();
    }

    private static Struct filled(
            Schema schema, String[] path, int depth, int count, IntFunction<String> names) {
        var struct = empty(schema, "");
        var field = schema.get(path[depth]);
        Type element = field.def.type.arrayElementType().orElseThrow();
        Object[] elements;
        if (depth < path.length - 1) {
            elements = new Object[] {filled((Schema) element, path, depth + 1, count, names)};
        } else {
            elements = new Object[count];
            for (int i = 0; i < count; i++) {
                elements[i] = element(element, names.apply(i));
            }
        }
        return struct.set(field, elements);
    }

    private static Object element(Type type, String text) {
        if (type instanceof Schema schema) {
            return empty(schema, text);
        }
        return type.toString().equals("INT32") ? (Object) Integer.valueOf(text) : text;
    }

    /// Zeros, and `text` in every string.
    private static Struct empty(Schema schema, String text) {
        var struct = new Struct(schema);
        for (BoundField field : schema.fields()) {
            Type type = field.def.type;
            struct.set(field, type.isArray() ? new Object[0] : value(type, text));
        }
        return struct;
    }

    private static @Nullable Object value(Type type, String text) {
        return switch (type.toString()) {
            case "BOOLEAN" -> false;
            case "INT8" -> (byte) 0;
            case "INT16" -> (short) 0;
            case "INT32" -> 0;
            case "INT64" -> 0L;
            case "UUID" -> Uuid.ZERO_UUID;
            case "STRING", "COMPACT_STRING" -> text;
            case "BYTES", "COMPACT_BYTES" -> ByteBuffer.allocate(0);
            default -> type instanceof TaggedFields ? new TreeMap<Integer, Object>() : null;
        };
    }
}
