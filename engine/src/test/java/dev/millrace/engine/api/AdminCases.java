package dev.millrace.engine.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterControllerRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.NullUnmarked;

/// Requests that change metadata, good and bad, to be asked one after the other of a fresh broker of one node (id 1).
@NullUnmarked // nulls are among what is asked
final class AdminCases {
    private static final byte TOPIC = 2;
    private static final byte BROKER = 4;
    private static final byte CLIENT_METRICS = 16;
    private static final byte GROUP = 32;
    private static final byte SET = 0;
    private static final byte DELETE = 1;
    private static final byte APPEND = 2;
    private static final byte SUBTRACT = 3;

    private final List<Case> cases = new ArrayList<>();

    record Case(String name, ApiKeys api, short version, ApiMessage request) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> all() {
        var all = new AdminCases();
        all.topicNames();
        all.topicSizes();
        all.assignments();
        all.topicConfigs();
        all.partitions();
        all.incremental();
        all.brokers();
        all.legacy();
        all.describe();
        all.elections();
        all.reassignments();
        all.features();
        all.producers();
        all.deletions();
        return all.cases;
    }

    private void add(String name, ApiKeys api, int version, ApiMessage request) {
        cases.add(new Case(name, api, (short) version, request));
    }

    private static CreatableTopic topic(
            String name, int partitions, int factor, String... configs) {
        var topic =
                new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(partitions)
                        .setReplicationFactor((short) factor);
        for (int i = 0; i < configs.length; i += 2) {
            topic.configs()
                    .add(new CreatableTopicConfig().setName(configs[i]).setValue(configs[i + 1]));
        }
        return topic;
    }

    private void create(String name, int version, boolean validateOnly, CreatableTopic... topics) {
        var request =
                new CreateTopicsRequestData().setTimeoutMs(30_000).setValidateOnly(validateOnly);
        for (CreatableTopic topic : topics) {
            request.topics().mustAdd(topic);
        }
        add("create: " + name, ApiKeys.CREATE_TOPICS, version, request);
    }

    private void create(String name, CreatableTopic... topics) {
        create(name, 7, false, topics);
    }

    private void topicNames() {
        create("empty name", topic("", 1, 1));
        create("one dot", topic(".", 1, 1));
        create("two dots", topic("..", 1, 1));
        create("blank", topic("a b", 1, 1));
        create("slash", topic("a/b", 1, 1));
        create("not ASCII", topic("caf\u00e9", 1, 1));
        create("250 characters", topic("x".repeat(250), 1, 1));
        create("249 characters", topic("x".repeat(249), 1, 1));
        create("the metadata topic", topic("__cluster_metadata", 1, 1));
        create("an internal topic", topic("__share_group_state", 1, 1));
        create("with dots", topic("a.b.c", 1, 1));
        create("collides", topic("a_b.c", 1, 1));
        create("collides within the request", topic("q.r", 1, 1), topic("q_r", 1, 1));
        create("twice in the request", topic("twice", 1, 1), topic("twice", 2, 1));
        create("one good and one bad", topic("good", 1, 1), topic("bad!", 1, 1));
        create("exists", topic("good", 1, 1));
    }

    private void topicSizes() {
        create("no partitions", topic("p0", 0, 1));
        create("negative partitions", topic("p-2", -2, 1));
        create("no replicas", topic("r0", 1, 0));
        create("negative replicas", topic("r-2", 1, -2));
        create("two replicas", topic("r2", 1, 2));
        create("three replicas of many partitions", topic("r3", 5, 3));
        create("too many partitions", topic("many", 10_001, 1));
        create("defaults", topic("defaults", -1, -1));
        create("defaults, version 4", 4, false, topic("defaults4", -1, -1));
        create("version 2", 2, false, topic("v2", 2, 1));
        create("validate only", 7, true, topic("unborn", 3, 1));
        create("validate only, a bad one", 7, true, topic("unborn", 3, 9));
    }

    private static CreatableTopic placed(
            String name, int partitions, int factor, int[]... replicas) {
        var topic = topic(name, partitions, factor);
        for (int[] each : replicas) {
            topic.assignments()
                    .add(
                            new CreatableReplicaAssignment()
                                    .setPartitionIndex(each[0])
                                    .setBrokerIds(Arrays.stream(each).skip(1).boxed().toList()));
        }
        return topic;
    }

    private void assignments() {
        create("placed", placed("placed", -1, -1, new int[] {0, 1}, new int[] {1, 1}));
        create("placed with partitions", placed("placed1", 1, -1, new int[] {0, 1}));
        create("placed with a factor", placed("placed2", -1, 1, new int[] {0, 1}));
        create("placed with a gap", placed("placed3", -1, -1, new int[] {1, 1}));
        create("placed on nobody", placed("placed4", -1, -1, new int[] {0}));
        create("placed on a stranger", placed("placed5", -1, -1, new int[] {0, 9}));
        create("placed below zero", placed("placed6", -1, -1, new int[] {0, -1}));
        create("placed twice on one", placed("placed7", -1, -1, new int[] {0, 1, 1}));
    }

    private void topicConfigs() {
        create(
                "configured",
                topic("configured", 1, 1, "retention.ms", "1000", "cleanup.policy", "compact"));
        create("unknown key", topic("c1", 1, 1, "retention.weeks", "1"));
        create("not a number", topic("c2", 1, 1, "retention.ms", "soon"));
        create("below the range", topic("c3", 1, 1, "retention.ms", "-2"));
        create("not a choice", topic("c4", 1, 1, "cleanup.policy", "shred"));
        create("not a codec", topic("c5", 1, 1, "compression.type", "rar"));
        create("small segments", topic("c6", 1, 1, "segment.bytes", "13"));
        create("null value", topic("c7", 1, 1, "retention.ms", null));
        create("min in-sync of 0", topic("c8", 1, 1, "min.insync.replicas", "0"));
        create("ratio of 2", topic("c9", 1, 1, "min.cleanable.dirty.ratio", "2"));
        create(
                "lag the wrong way round",
                topic("c10", 1, 1, "min.compaction.lag.ms", "5", "max.compaction.lag.ms", "1"));
        create("remote without remote", topic("c11", 1, 1, "remote.storage.enable", "true"));
        create("a boolean of another kind", topic("c12", 1, 1, "preallocate", "yes"));
        create("internal key", topic("internal", 1, 1, "internal.segment.bytes", "100"));
        create("internal key, no number", topic("c13", 1, 1, "internal.segment.bytes", "few"));
    }

    private void more(String name, String topic, int count, int[]... assignments) {
        var added =
                new CreatePartitionsRequestData.CreatePartitionsTopic()
                        .setName(topic)
                        .setCount(count)
                        .setAssignments(null);
        if (assignments.length > 0) {
            added.setAssignments(new ArrayList<>());
            for (int[] assignment : assignments) {
                added.assignments()
                        .add(
                                new CreatePartitionsRequestData.CreatePartitionsAssignment()
                                        .setBrokerIds(Arrays.stream(assignment).boxed().toList()));
            }
        }
        var request = new CreatePartitionsRequestData().setTimeoutMs(30_000);
        request.topics().add(added);
        add("partitions: " + name, ApiKeys.CREATE_PARTITIONS, 3, request);
    }

    private void partitions() {
        more("of an unknown topic", "nope", 3);
        more("as many as there are", "good", 1);
        more("none", "good", 0);
        more("negative", "good", -3);
        more("three", "good", 3);
        more("fewer", "good", 2);
        more("placed", "good", 4, new int[] {1});
        more("too few placed", "good", 7, new int[] {1});
        more("placed on a stranger", "good", 5, new int[] {7});
        more("placed on two", "good", 5, new int[] {1, 2});
        more("placed on nobody", "good", 5, new int[] {});
        more("too many", "good", 20_000);
    }

    private void alter(String name, byte type, String resource, Object... changes) {
        var altered =
                new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                        .setResourceType(type)
                        .setResourceName(resource);
        for (int i = 0; i < changes.length; i += 3) {
            altered.configs()
                    .mustAdd(
                            new IncrementalAlterConfigsRequestData.AlterableConfig()
                                    .setConfigOperation((Byte) changes[i])
                                    .setName((String) changes[i + 1])
                                    .setValue((String) changes[i + 2]));
        }
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().mustAdd(altered);
        add("alter: " + name, ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1, request);
    }

    private void incremental() {
        alter("set", TOPIC, "good", SET, "retention.ms", "5000");
        alter("delete", TOPIC, "good", DELETE, "retention.ms", null);
        alter("append", TOPIC, "good", APPEND, "cleanup.policy", "compact");
        alter("append again", TOPIC, "good", APPEND, "cleanup.policy", "compact");
        alter("subtract", TOPIC, "good", SUBTRACT, "cleanup.policy", "delete");
        alter("subtract what is not there", TOPIC, "good", SUBTRACT, "cleanup.policy", "delete");
        alter("append to a number", TOPIC, "good", APPEND, "retention.ms", "1");
        alter("subtract from an unknown key", TOPIC, "good", SUBTRACT, "nope", "1");
        alter("unknown key", TOPIC, "good", SET, "nope", "1");
        alter("delete an unknown key", TOPIC, "good", DELETE, "nope", null);
        alter("null value", TOPIC, "good", SET, "retention.ms", null);
        alter("not a number", TOPIC, "good", SET, "retention.ms", "x");
        alter("unknown topic", TOPIC, "nope", SET, "retention.ms", "1");
        alter("bad topic name", TOPIC, "a b", SET, "retention.ms", "1");
        alter("empty topic name", TOPIC, "", SET, "retention.ms", "1");
        alter("nothing", TOPIC, "good");
        alter("unknown operation", TOPIC, "good", (byte) 9, "retention.ms", "1");
        alter(
                "two operations on a key",
                TOPIC,
                "good",
                SET,
                "retention.ms",
                "1",
                DELETE,
                "retention.ms",
                null);
        alter("unknown type", (byte) 3, "good", SET, "retention.ms", "1");
        alter(
                "a long value",
                TOPIC,
                "good",
                SET,
                "leader.replication.throttled.replicas",
                "0:1,".repeat(8_000) + "0:1");
        alter("client metrics", CLIENT_METRICS, "sub", SET, "interval.ms", "5000");
        alter("client metrics, bad interval", CLIENT_METRICS, "sub", SET, "interval.ms", "5");
        alter("client metrics, unknown key", CLIENT_METRICS, "sub", SET, "nope", "5");
        alter("client metrics, bad match", CLIENT_METRICS, "sub", SET, "match", "nope");
        alter("client metrics without a name", CLIENT_METRICS, "", SET, "interval.ms", "5000");
        alter("group", GROUP, "g", SET, "consumer.session.timeout.ms", "50000");
        alter("group, unknown key", GROUP, "g", SET, "nope", "50000");
        alter("group, not a number", GROUP, "g", SET, "consumer.session.timeout.ms", "x");
        alter("group, below the range", GROUP, "g", SET, "consumer.session.timeout.ms", "1");
        alter("group without a name", GROUP, "", SET, "consumer.session.timeout.ms", "50000");
    }

    private void brokers() {
        alter("broker", BROKER, "1", SET, "log.retention.ms", "60000");
        alter("all brokers", BROKER, "", SET, "message.max.bytes", "2000000");
        alter("all brokers, delete", BROKER, "", DELETE, "message.max.bytes", null);
        alter("broker, read only", BROKER, "1", SET, "broker.id", "7");
        alter("broker, read only 2", BROKER, "1", SET, "log.dirs", "/tmp");
        alter("broker, unknown key", BROKER, "1", SET, "nope", "7");
        alter("broker, not a number", BROKER, "1", SET, "log.retention.ms", "x");
        alter("broker, below the range", BROKER, "1", SET, "num.io.threads", "0");
        alter("broker of another id", BROKER, "2", SET, "log.retention.ms", "1");
        alter("broker without a number", BROKER, "one", SET, "log.retention.ms", "1");
        alter("all brokers, of one only", BROKER, "", SET, "ssl.keystore.type", "PEM");
    }

    private void replace(String name, byte type, String resource, String... values) {
        var altered =
                new AlterConfigsRequestData.AlterConfigsResource()
                        .setResourceType(type)
                        .setResourceName(resource);
        for (int i = 0; i < values.length; i += 2) {
            altered.configs()
                    .mustAdd(
                            new AlterConfigsRequestData.AlterableConfig()
                                    .setName(values[i])
                                    .setValue(values[i + 1]));
        }
        var request = new AlterConfigsRequestData();
        request.resources().mustAdd(altered);
        add("replace: " + name, ApiKeys.ALTER_CONFIGS, 2, request);
    }

    private void legacy() {
        replace("topic", TOPIC, "good", "retention.ms", "777");
        replace("unknown key", TOPIC, "good", "nope", "777");
        replace("null value", TOPIC, "good", "retention.ms", null);
        replace("unknown topic", TOPIC, "nope", "retention.ms", "777");
    }

    private void describe(String name, byte type, String resource, List<String> keys) {
        var request = new DescribeConfigsRequestData().setIncludeSynonyms(true);
        request.resources()
                .add(
                        new DescribeConfigsRequestData.DescribeConfigsResource()
                                .setResourceType(type)
                                .setResourceName(resource)
                                .setConfigurationKeys(keys));
        add("describe: " + name, ApiKeys.DESCRIBE_CONFIGS, 4, request);
    }

    private void describe() {
        describe("topic", TOPIC, "good", null);
        describe("topic, two keys", TOPIC, "good", List.of("retention.ms", "nope"));
        describe("topic with settings", TOPIC, "configured", null);
        describe("topic with an internal key", TOPIC, "internal", null);
        describe(
                "topic with an internal key, by name",
                TOPIC,
                "internal",
                List.of("internal.segment.bytes"));
        describe("unset internal key", TOPIC, "good", List.of("internal.segment.bytes"));
        describe("unknown topic", TOPIC, "nope", null);
        describe("bad topic", TOPIC, "a b", null);
        describe(
                "some of a broker",
                BROKER,
                "1",
                List.of(
                        "log.retention.ms",
                        "log.retention.hours",
                        "message.max.bytes",
                        "num.io.threads",
                        "node.id",
                        "ssl.keystore.password",
                        "log.cleanup.policy",
                        "process.roles"));
        describe("all brokers", BROKER, "", null);
        describe("another broker", BROKER, "2", null);
        describe("no number", BROKER, "one", null);
        describe("client metrics", CLIENT_METRICS, "sub", null);
        describe("client metrics without a name", CLIENT_METRICS, "", null);
        describe("group", GROUP, "g", null);
        describe("group without a name", GROUP, "", null);
        describe("unknown type", (byte) 3, "x", null);
        add("list: all", ApiKeys.LIST_CONFIG_RESOURCES, 1, new ListConfigResourcesRequestData());
        add(
                "list: version 0",
                ApiKeys.LIST_CONFIG_RESOURCES,
                0,
                new ListConfigResourcesRequestData());
        add(
                "list: groups",
                ApiKeys.LIST_CONFIG_RESOURCES,
                1,
                new ListConfigResourcesRequestData().setResourceTypes(List.of(GROUP)));
        add(
                "list: unknown",
                ApiKeys.LIST_CONFIG_RESOURCES,
                1,
                new ListConfigResourcesRequestData().setResourceTypes(List.of((byte) 3)));
    }

    private void elect(String name, int type, String topic, Integer... partitions) {
        var request =
                new ElectLeadersRequestData().setElectionType((byte) type).setTopicPartitions(null);
        if (topic != null) {
            request.setTopicPartitions(new ElectLeadersRequestData.TopicPartitionsCollection());
            request.topicPartitions()
                    .add(
                            new ElectLeadersRequestData.TopicPartitions()
                                    .setTopic(topic)
                                    .setPartitions(List.of(partitions)));
        }
        add("elect: " + name, ApiKeys.ELECT_LEADERS, 2, request);
    }

    private void elections() {
        elect("all preferred", 0, null);
        elect("preferred", 0, "good", 0);
        elect("unclean", 1, "good", 0);
        elect("unknown topic", 0, "nope", 0);
        elect("unknown partition", 0, "good", 99);
    }

    private void reassign(String name, int version, String topic, int partition, int... replicas) {
        var request = new AlterPartitionReassignmentsRequestData();
        var asked =
                new AlterPartitionReassignmentsRequestData.ReassignablePartition()
                        .setPartitionIndex(partition)
                        .setReplicas(
                                replicas == null ? null : Arrays.stream(replicas).boxed().toList());
        request.topics()
                .add(
                        new AlterPartitionReassignmentsRequestData.ReassignableTopic()
                                .setName(topic)
                                .setPartitions(List.of(asked)));
        add("move: " + name, ApiKeys.ALTER_PARTITION_REASSIGNMENTS, version, request);
    }

    private void reassignments() {
        reassign("to where it is", 0, "good", 0, 1);
        reassign("to a stranger", 0, "good", 0, 2);
        reassign("to nobody", 0, "good", 0);
        reassign("to the same twice", 0, "good", 0, 1, 1);
        reassign("cancel nothing", 0, "good", 0, (int[]) null);
        reassign("unknown topic", 0, "nope", 0, 1);
        reassign("unknown partition", 0, "good", 99, 1);
        add(
                "moves: none",
                ApiKeys.LIST_PARTITION_REASSIGNMENTS,
                0,
                new ListPartitionReassignmentsRequestData().setTopics(null));
    }

    private void feature(String name, int version, String feature, int level, int type) {
        var request = new UpdateFeaturesRequestData();
        var update =
                new UpdateFeaturesRequestData.FeatureUpdateKey()
                        .setFeature(feature)
                        .setMaxVersionLevel((short) level);
        if (version > 0) {
            update.setUpgradeType((byte) type);
        }
        request.featureUpdates().add(update);
        add("features: " + name, ApiKeys.UPDATE_FEATURES, version, request);
    }

    private void features() {
        feature("same level", 1, "group.version", 1, 1);
        feature("unknown", 2, "nope", 1, 1);
        feature("unknown, version 0", 0, "nope", 1, 1);
        feature("too new", 2, "group.version", 9, 1);
        feature("negative", 2, "group.version", -1, 1);
        feature("downgrade called upgrade", 2, "transaction.version", 1, 1);
        feature("upgrade called downgrade", 2, "group.version", 1, 2);
        feature("unknown kind", 2, "group.version", 1, 7);
        feature("downgrade", 2, "transaction.version", 1, 2);
        feature("back", 2, "transaction.version", 2, 1);
        feature("metadata too old", 2, "metadata.version", 1, 2);
        feature("metadata switched off", 2, "metadata.version", 0, 2);
        feature("metadata too new", 2, "metadata.version", 99, 1);
    }

    private void producers() {
        add(
                "producer: new",
                ApiKeys.INIT_PRODUCER_ID,
                4,
                new InitProducerIdRequestData()
                        .setTransactionalId(null)
                        .setTransactionTimeoutMs(60_000));
        add(
                "producer: half an id",
                ApiKeys.INIT_PRODUCER_ID,
                4,
                new InitProducerIdRequestData()
                        .setTransactionalId(null)
                        .setTransactionTimeoutMs(60_000)
                        .setProducerId(5));
        add(
                "producer: empty transactional id",
                ApiKeys.INIT_PRODUCER_ID,
                4,
                new InitProducerIdRequestData()
                        .setTransactionalId("")
                        .setTransactionTimeoutMs(60_000));
        add(
                "unregister: a stranger",
                ApiKeys.UNREGISTER_BROKER,
                0,
                new UnregisterBrokerRequestData().setBrokerId(99));
        for (int id : new int[] {1, 99}) {
            add(
                    "unregister controller: " + (id == 1 ? "itself" : "a stranger"),
                    ApiKeys.UNREGISTER_CONTROLLER,
                    0,
                    new UnregisterControllerRequestData().setControllerId(id));
        }
    }

    private void delete(String name, int version, String... names) {
        var request = new DeleteTopicsRequestData().setTimeoutMs(30_000);
        if (version < 6) {
            request.setTopicNames(List.of(names));
        } else {
            for (String each : names) {
                request.topics().add(new DeleteTopicsRequestData.DeleteTopicState().setName(each));
            }
        }
        add("delete: " + name, ApiKeys.DELETE_TOPICS, version, request);
    }

    private void deletions() {
        delete("unknown", 6, "nope");
        delete("twice", 6, "good", "good");
        delete("one of two", 6, "good", "nope");
        delete("version 1", 1, "configured");
        delete("version 5, unknown", 5, "configured");
        add(
                "delete: unknown id",
                ApiKeys.DELETE_TOPICS,
                6,
                new DeleteTopicsRequestData()
                        .setTimeoutMs(30_000)
                        .setTopics(
                                List.of(
                                        new DeleteTopicsRequestData.DeleteTopicState()
                                                .setTopicId(new Uuid(1, 2)))));
        add(
                "delete: neither",
                ApiKeys.DELETE_TOPICS,
                6,
                new DeleteTopicsRequestData()
                        .setTimeoutMs(30_000)
                        .setTopics(List.of(new DeleteTopicsRequestData.DeleteTopicState())));
        add(
                "delete: both",
                ApiKeys.DELETE_TOPICS,
                6,
                new DeleteTopicsRequestData()
                        .setTimeoutMs(30_000)
                        .setTopics(
                                List.of(
                                        new DeleteTopicsRequestData.DeleteTopicState()
                                                .setName("v2")
                                                .setTopicId(new Uuid(1, 2)))));
    }
}
