package dev.millrace.engine.api;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Type;

/// Keeps hostile keys away from the client library's hash table.
///
/// Arrays with a key (topics by name, configs by name) are read into `ImplicitLinkedHashCollection`: linear probing, and every
/// growth moves one element at a time and closes the gap behind it. When n keys collide that is n³ steps: 5,000 equal topic
/// names, a frame of 15 kB, occupied a core for minutes (Apache Kafka 4.4.0 reads them the same way). So the keys of large
/// arrays are looked at before the library reads them, and a frame whose keys would cost too much is malformed. 100,000 topics
/// named in any usual way stay below half of the bound.
///
/// Some answers are such tables too, of what the request names; so what becomes a key in them is looked at as well. Their handlers give
/// them room for all, and one more, so that they do not grow. What is null counts as alike: DeleteTopics by id is answered without names
/// where the ids are unknown.
///
/// A small frame is not walked at all, one with a single keyed array (Produce) only up to that array's count.
final class KeyedArrays {
    /// A body shorter than this cannot hold enough elements to matter.
    static final int SMALL_BODY = 768;

    /// Which fields are the key of which array, by path from the body: always the first ones, in that order. A test compares this with the message definitions in the
    /// client library.
    static final Map<ApiKeys, Map<String, List<String>>> KEYS = keys();

    /// Which arrays become keys of the answer: by which of the first fields of an element, or by the element itself.
    private static final Map<ApiKeys, Map<String, List<String>>> ANSWERED =
            Map.of(
                    ApiKeys.DELETE_TOPICS,
                    Map.of("topics", List.of("name"), "topic_names", List.of()),
                    ApiKeys.DELETE_RECORDS,
                    Map.of(
                            "topics", List.of("name"),
                            "topics.partitions", List.of("partition_index")),
                    ApiKeys.ADD_PARTITIONS_TO_TXN,
                    Map.of(
                            "transactions.topics.partitions", List.of(),
                            "v3_and_below_topics.partitions", List.of()),
                    ApiKeys.OFFSET_DELETE,
                    Map.of("topics.partitions", List.of("partition_index")),
                    ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
                    Map.of("topics", List.of("name")),
                    ApiKeys.DELETE_GROUPS,
                    Map.of("groups_names", List.of()));

    private KeyedArrays() {}

    private static Map<ApiKeys, Map<String, List<String>>> keys() {
        var name = List.of("name");
        var keys = new EnumMap<ApiKeys, Map<String, List<String>>>(ApiKeys.class);
        keys.put(ApiKeys.PRODUCE, Map.of("topic_data", List.of("name", "topic_id")));
        keys.put(ApiKeys.JOIN_GROUP, Map.of("protocols", name));
        keys.put(
                ApiKeys.CREATE_TOPICS,
                Map.of(
                        "topics", name,
                        "topics.assignments", List.of("partition_index"),
                        "topics.configs", name));
        keys.put(ApiKeys.OFFSET_FOR_LEADER_EPOCH, Map.of("topics", List.of("topic")));
        keys.put(
                ApiKeys.ADD_PARTITIONS_TO_TXN,
                Map.of(
                        "transactions", List.of("transactional_id"),
                        "transactions.topics", name,
                        "v3_and_below_topics", name));
        keys.put(
                ApiKeys.ALTER_CONFIGS,
                Map.of(
                        "resources",
                        List.of("resource_type", "resource_name"),
                        "resources.configs",
                        name));
        keys.put(
                ApiKeys.ALTER_REPLICA_LOG_DIRS,
                Map.of("dirs", List.of("path"), "dirs.topics", name));
        keys.put(ApiKeys.DESCRIBE_LOG_DIRS, Map.of("topics", List.of("topic")));
        keys.put(ApiKeys.CREATE_PARTITIONS, Map.of("topics", name));
        keys.put(ApiKeys.ELECT_LEADERS, Map.of("topic_partitions", List.of("topic")));
        keys.put(
                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                Map.of(
                        "resources", List.of("resource_type", "resource_name"),
                        "resources.configs", List.of("name", "config_operation")));
        keys.put(ApiKeys.OFFSET_DELETE, Map.of("topics", name));
        keys.put(ApiKeys.UPDATE_FEATURES, Map.of("feature_updates", List.of("feature")));
        keys.put(ApiKeys.DESCRIBE_PRODUCERS, Map.of("topics", name));
        keys.put(
                ApiKeys.SHARE_FETCH,
                Map.of(
                        "topics", List.of("topic_id"),
                        "topics.partitions", List.of("partition_index")));
        keys.put(
                ApiKeys.SHARE_ACKNOWLEDGE,
                Map.of(
                        "topics", List.of("topic_id"),
                        "topics.partitions", List.of("partition_index")));
        keys.put(ApiKeys.ADD_RAFT_VOTER, Map.of("listeners", name));
        keys.put(ApiKeys.ALTER_SHARE_GROUP_OFFSETS, Map.of("topics", List.of("topic_name")));
        return keys;
    }

    /// Looks through a body.
    ///
    /// @param body at the first byte behind the header; not consumed
    /// @throws MalformedRequest when its keys collide too much
    /// @throws RuntimeException when it cannot be walked: the reader would fail as well
    static void examine(ApiKeys api, short version, ByteBuffer body) throws MalformedRequest {
        Map<String, List<String>> keyed = KEYS.getOrDefault(api, Map.of());
        Map<String, List<String>> answered = ANSWERED.getOrDefault(api, Map.of());
        if (keyed.size() + answered.size() > 0 && body.remaining() >= SMALL_BODY) {
            // What is answered of OffsetDelete comes together from two places.
            boolean grows = api == ApiKeys.OFFSET_DELETE;
            new Walk(new SchemaReader(body.duplicate()), keyed, answered, grows)
                    .struct(api.messageType.requestSchemas()[version], "");
        }
    }

    /// One body's walk, along its schema.
    private static final class Walk {
        private final SchemaReader body;
        private final Map<String, List<String>> keyed;
        private final Map<String, List<String>> answered;
        private final boolean answersGrow;
        private long steps;
        private boolean over;

        Walk(
                SchemaReader body,
                Map<String, List<String>> keyed,
                Map<String, List<String>> answered,
                boolean answersGrow) {
            this.body = body;
            this.keyed = keyed;
            this.answered = answered;
            this.answersGrow = answersGrow;
        }

        void struct(Schema schema, String path) throws MalformedRequest {
            for (BoundField field : schema.fields()) {
                Type type = field.def.type;
                if (over) {
                    return;
                } else if (type.arrayElementType().orElse(null) instanceof Schema element) {
                    array(body.count(type), element, path + field.def.name);
                } else if (answered.containsKey(path + field.def.name)) {
                    plain(body.count(type), type, path + field.def.name);
                } else {
                    body.skip(type);
                }
            }
        }

        private void array(int count, Schema element, String path) throws MalformedRequest {
            List<String> key = keyed.get(path);
            List<String> becomes = answered.get(path);
            if (key != null && count > CollisionCost.HARMLESS) {
                many(count, element, path, key, Math.min(count, CollisionCost.READ));
            } else if (becomes != null && count > CollisionCost.HARMLESS_IN_ANSWERS) {
                many(count, element, path, becomes, roomForAnswers(count));
            } else if ((key != null || becomes != null) && keyed.size() + answered.size() == 1) {
                over = true;
            } else {
                for (int i = 0; i < count; i++) {
                    struct(element, path + ".");
                }
            }
        }

        private void many(int count, Schema element, String path, List<String> key, int room)
                throws MalformedRequest {
            var hashes = new int[count];
            for (int i = 0; i < count; i++) {
                hashes[i] = body.hash(element, key);
                struct(element, path + ".");
            }
            add(hashes, path, room);
        }

        private void plain(int count, Type array, String path) throws MalformedRequest {
            Type element = array.arrayElementType().orElseThrow();
            var hashes = new int[count];
            for (int i = 0; i < count; i++) {
                hashes[i] = body.hash(element);
            }
            if (count > CollisionCost.HARMLESS_IN_ANSWERS) {
                add(hashes, path, roomForAnswers(count));
            }
        }

        private int roomForAnswers(int count) {
            return answersGrow ? 0 : count + 1;
        }

        private void add(int[] hashes, String path, int room) throws MalformedRequest {
            steps += CollisionCost.of(hashes, room);
            if (steps > CollisionCost.BEARABLE) {
                throw new MalformedRequest(
                        "%d %s whose keys collide".formatted(hashes.length, path));
            }
        }
    }
}
