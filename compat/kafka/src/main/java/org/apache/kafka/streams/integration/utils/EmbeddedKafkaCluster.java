package org.apache.kafka.streams.integration.utils;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.compat.kafka.OutsideCluster;
import dev.millrace.compat.kafka.Target;
import dev.millrace.compat.kafka.Waiting;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.Type;
import org.apache.kafka.server.util.MockTime;
import org.jspecify.annotations.Nullable;

/// What the tests of Kafka Streams start for themselves: the public face of the class of this name in Kafka's Streams
/// integration tests, over an [OutsideCluster].
public class EmbeddedKafkaCluster {
    private static final int ANSWER_SECONDS = 60;

    private final OutsideCluster cluster;

    /// The tests read the time that they stamp records with from here; the brokers' own clock is the machine's.
    public final MockTime time;

    public EmbeddedKafkaCluster(int brokers) {
        this(brokers, new Properties());
    }

    public EmbeddedKafkaCluster(int brokers, Properties config) {
        this(brokers, config, System.currentTimeMillis());
    }

    public EmbeddedKafkaCluster(int brokers, Properties config, long startMs) {
        this(brokers, config, Map.of(), startMs, System.nanoTime());
    }

    public EmbeddedKafkaCluster(
            int brokers, Properties config, Map<Integer, Map<String, String>> perBroker) {
        this(brokers, config, perBroker, System.currentTimeMillis(), System.nanoTime());
    }

    public EmbeddedKafkaCluster(
            int brokers,
            Properties config,
            Map<Integer, Map<String, String>> perBroker,
            long startMs,
            long startNs) {
        Map<String, String> settings = new HashMap<>();
        for (String none :
                List.of(
                        "group.min.session.timeout.ms",
                        "group.initial.rebalance.delay.ms",
                        "group.streams.initial.rebalance.delay.ms")) settings.put(none, "0");
        for (String one :
                List.of(
                        "offsets.topic.replication.factor",
                        "transaction.state.log.replication.factor",
                        "transaction.state.log.min.isr")) settings.put(one, "1");
        for (String few :
                List.of("offsets.topic.num.partitions", "transaction.state.log.num.partitions")) {
            settings.put(few, "5");
        }
        settings.put("auto.create.topics.enable", "true");
        settings.put("delete.topic.enable", "true");
        config.forEach((key, value) -> settings.put(key.toString(), value.toString()));
        var asked =
                ClusterConfig.defaultBuilder()
                        .setTypes(Set.of(Type.CO_KRAFT))
                        .setBrokers(brokers)
                        .setServerProperties(settings)
                        .setPerServerProperties(perBroker)
                        .build();
        cluster = new OutsideCluster(asked, Type.CO_KRAFT);
        time = new MockTime(startMs, startNs);
    }

    public void start() {
        cluster.prepare("streams");
        cluster.start();
    }

    public void verifyClusterReadiness() {
        cluster.waitForReadyBrokers();
    }

    public void stop() {
        cluster.stop();
    }

    public String bootstrapServers() {
        return cluster.bootstrapServers();
    }

    public boolean sslEnabled() {
        return false;
    }

    public void createTopics(String... topics) throws InterruptedException {
        for (String topic : topics) createTopic(topic);
    }

    public void createTopic(String topic) {
        createTopic(topic, 1);
    }

    public void createTopic(String topic, int partitions) {
        createTopic(topic, partitions, 1, Map.of());
    }

    public void createTopic(String topic, int partitions, int replicas)
            throws InterruptedException {
        createTopic(topic, partitions, replicas, Map.of());
    }

    public void createTopic(
            String topic, int partitions, int replicas, Map<String, String> configs) {
        short fitting = Target.chosen().replicas(replicas);
        try (Admin admin = createAdminClient()) {
            Waiting.answer(
                    admin.createTopics(
                                    List.of(
                                            new NewTopic(topic, partitions, fitting)
                                                    .configs(configs)))
                            .all());
        }
        cluster.waitTopicCreation(topic, partitions);
    }

    public void deleteTopics(String... topics) {
        for (String topic : topics) deleteTopic(topic);
    }

    public void deleteTopic(String topic) {
        try (Admin admin = createAdminClient()) {
            Waiting.answer(admin.deleteTopics(List.of(topic)).all());
        } catch (IllegalStateException e) {
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) throw e;
        }
        cluster.waitTopicDeletion(topic);
    }

    public void deleteAllTopics() {
        try (Admin admin = createAdminClient()) {
            Waiting.answer(admin.listTopics().names()).forEach(this::deleteTopic);
        }
    }

    public void produce(
            Map<String, Object> config,
            String topic,
            @Nullable Integer partition,
            @Nullable String key,
            @Nullable String value) {
        Map<String, Object> all = new HashMap<>(clientDefaultConfig());
        all.putAll(config);
        all.putIfAbsent("key.serializer", ByteArraySerializer.class.getName());
        all.putIfAbsent("value.serializer", ByteArraySerializer.class.getName());
        try (var producer = new KafkaProducer<byte @Nullable [], byte @Nullable []>(all)) {
            producer.send(new ProducerRecord<>(topic, partition, bytes(key), bytes(value)))
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException("cannot produce to " + topic, e);
        }
    }

    public Admin createAdminClient() {
        return Admin.create(new HashMap<>(clientDefaultConfig()));
    }

    public Map<String, String> clientDefaultConfig() {
        return new HashMap<>(Map.of("bootstrap.servers", bootstrapServers()));
    }

    public KafkaConsumer<byte[], byte[]> createConsumer(Map<String, Object> config) {
        Map<String, Object> all = new HashMap<>(config);
        all.putIfAbsent("bootstrap.servers", bootstrapServers());
        all.putIfAbsent("group.id", UUID.randomUUID().toString());
        all.putIfAbsent("enable.auto.commit", "false");
        all.putIfAbsent("auto.offset.reset", "earliest");
        all.putIfAbsent("key.deserializer", ByteArrayDeserializer.class.getName());
        all.putIfAbsent("value.deserializer", ByteArrayDeserializer.class.getName());
        return new KafkaConsumer<>(all);
    }

    public KafkaConsumer<byte[], byte[]> createConsumerAndSubscribeTo(
            Map<String, Object> config, String... topics) {
        return createConsumerAndSubscribeTo(config, null, topics);
    }

    public KafkaConsumer<byte[], byte[]> createConsumerAndSubscribeTo(
            Map<String, Object> config,
            @Nullable ConsumerRebalanceListener listener,
            String... topics) {
        KafkaConsumer<byte[], byte[]> consumer = createConsumer(config);
        if (listener == null) {
            consumer.subscribe(Arrays.asList(topics));
        } else {
            consumer.subscribe(Arrays.asList(topics), listener);
        }
        return consumer;
    }

    public void waitForRemainingTopics(long timeoutMs, String... topics)
            throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMillis(timeoutMs).toNanos();
        Set<String> wanted = Set.of(topics);
        while (!getAllTopicsInCluster().equals(wanted)) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "topics after " + timeoutMs + " ms: " + getAllTopicsInCluster());
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    public Set<String> getAllTopicsInCluster() {
        try (Admin admin = createAdminClient()) {
            return Waiting.answer(
                    admin.listTopics(new ListTopicsOptions().listInternal(true)).names());
        }
    }

    public Properties getLogConfig(String topic) {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        var config = new Properties();
        try (Admin admin = createAdminClient()) {
            for (ConfigEntry entry :
                    Waiting.answer(admin.describeConfigs(List.of(resource)).values().get(resource))
                            .entries()) {
                if (entry.value() != null) config.put(entry.name(), entry.value());
            }
        }
        return config;
    }

    public void setGroupSessionTimeout(String group, int timeoutMs) {
        setGroupConfig(group, "streams.session.timeout.ms", timeoutMs);
    }

    public void setGroupHeartbeatTimeout(String group, int intervalMs) {
        setGroupConfig(group, "streams.heartbeat.interval.ms", intervalMs);
    }

    public void setGroupStandbyReplicas(String group, int replicas) {
        setGroupConfig(group, "streams.num.standby.replicas", replicas);
    }

    public void setGroupStreamsInitialRebalanceDelay(String group, int delayMs) {
        setGroupConfig(group, "streams.initial.rebalance.delay.ms", delayMs);
    }

    private void setGroupConfig(String group, String key, int value) {
        var set =
                new AlterConfigOp(
                        new ConfigEntry(key, Integer.toString(value)), AlterConfigOp.OpType.SET);
        try (Admin admin = createAdminClient()) {
            var resource = new ConfigResource(ConfigResource.Type.GROUP, group);
            Waiting.answer(admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all());
        }
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(UTF_8);
    }
}
