package dev.millrace.compat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// What is written to a broker that is adopted later, and everything that can be seen of it.
final class AdoptedHistory {
    private static final List<String> TOPICS =
            List.of("codecs", "committed", "compacted", "open", "shortened");
    private static final List<String> GROUPS = List.of("classic", "consumer");
    private static final int PARTITIONS = 2;
    private static final int OPEN_MS = 15_000;

    private long lastProducerId = -1;

    /// A topic of one record, and an access control entry.
    static void few(String bootstrap) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
                var producer = producer(bootstrap, Map.of())) {
            admin.createTopics(List.of(new NewTopic("few", 1, (short) 1))).all().get();
            producer.send(new ProducerRecord<>("few", "a value that is long enough")).get();
            var entry =
                    new AccessControlEntry(
                            "User:alice", "*", AclOperation.READ, AclPermissionType.ALLOW);
            var topic = new ResourcePattern(ResourceType.TOPIC, "few", PatternType.LITERAL);
            admin.createAcls(List.of(new AclBinding(topic, entry))).all().get();
        }
    }

    private static KafkaProducer<String, String> producer(
            String bootstrap, Map<String, Object> more) {
        var config = new HashMap<String, Object>(more);
        config.put("bootstrap.servers", bootstrap);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    void write(String bootstrap) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            create(admin);
            codecs(bootstrap);
            compacted(bootstrap);
            transactions(bootstrap);
            for (int i = 0; i < 20; i++) {
                send(bootstrap, "shortened", Map.of(), 1);
            }
            admin.deleteRecords(
                            Map.of(
                                    new TopicPartition("shortened", 0),
                                    RecordsToDelete.beforeOffset(7)))
                    .all()
                    .get();
            for (String group : GROUPS) {
                commit(bootstrap, group);
            }
            awaitCompaction(bootstrap);
        }
    }

    private static void create(Admin admin) throws ExecutionException, InterruptedException {
        var topics = new ArrayList<NewTopic>();
        for (String topic : TOPICS) {
            topics.add(new NewTopic(topic, PARTITIONS, (short) 1));
        }
        topics.get(0).configs(Map.of("retention.ms", "-1", "max.message.bytes", "2000000"));
        topics.get(2)
                .configs(
                        Map.of(
                                "cleanup.policy",
                                "compact",
                                "segment.ms",
                                "300",
                                "min.cleanable.dirty.ratio",
                                "0.01"));
        admin.createTopics(topics).all().get();
    }

    private static void codecs(String bootstrap) throws Exception {
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            send(bootstrap, "codecs", Map.of("compression.type", codec, "linger.ms", 50), 100);
        }
    }

    private static void send(String bootstrap, String topic, Map<String, Object> more, int count)
            throws Exception {
        try (var producer = producer(bootstrap, more)) {
            for (int i = 0; i < count; i++) {
                var record =
                        new ProducerRecord<>(
                                topic, i % PARTITIONS, 1_700_000_000_000L + i, "k" + i, "v" + i);
                record.headers().add("h", ("header " + i).getBytes(UTF_8));
                var _ = producer.send(record);
            }
            producer.flush();
        }
    }

    /// Many values of few keys, in several segments.
    private static void compacted(String bootstrap) throws Exception {
        try (var producer = producer(bootstrap, Map.of())) {
            for (int round = 0; round < 4; round++) {
                for (int i = 0; i < 50; i++) {
                    producer.send(
                                    new ProducerRecord<>(
                                            "compacted", 0, "key " + i % 5, round + " " + i))
                            .get();
                }
                LockSupport.parkNanos(Duration.ofMillis(400).toNanos());
            }
            producer.send(new ProducerRecord<>("compacted", 0, "last", "last")).get();
        }
    }

    /// Until nothing is left to compact: a pass that comes later would change what was looked at. One value of each of the five keys
    /// stays, the one behind them, and a line for each partition.
    private static void awaitCompaction(String bootstrap) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        List<String> seen = List.of();
        while (System.nanoTime() < end) {
            seen = read(bootstrap, "compacted", false);
            if (seen.size() == 5 + 1 + PARTITIONS) return;
        }
        throw new AssertionError("Kafka did not compact: " + seen);
    }

    private void transactions(String bootstrap) throws Exception {
        for (boolean commit : List.of(true, false, true)) {
            try (var producer = producer(bootstrap, Map.of("transactional.id", "ended"))) {
                producer.initTransactions();
                producer.beginTransaction();
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>("committed", i % 2, "k", "" + commit)).get();
                }
                if (commit) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }
        var open =
                producer(
                        bootstrap,
                        Map.of("transactional.id", "open", "transaction.timeout.ms", OPEN_MS));
        open.initTransactions();
        open.beginTransaction();
        open.send(new ProducerRecord<>("open", 0, "k", "never seen")).get();
        open.close(Duration.ZERO);
        lastProducerId = producerId(bootstrap, "open");
    }

    private static long producerId(String bootstrap, String topic) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            var partition = new TopicPartition(topic, 0);
            return admin
                    .describeProducers(List.of(partition))
                    .partitionResult(partition)
                    .get()
                    .activeProducers()
                    .stream()
                    .mapToLong(state -> state.producerId())
                    .max()
                    .orElse(-1);
        }
    }

    private static KafkaConsumer<String, String> consumer(
            String bootstrap, Map<String, Object> more) {
        var config = new HashMap<String, Object>(more);
        config.put("bootstrap.servers", bootstrap);
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    private static void commit(String bootstrap, String group) {
        try (var consumer =
                consumer(
                        bootstrap,
                        Map.of(
                                "group.id",
                                group,
                                "group.protocol",
                                group,
                                "max.poll.records",
                                37))) {
            consumer.subscribe(List.of("codecs"));
            int read = 0;
            long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (read == 0 && System.nanoTime() < end) {
                read += consumer.poll(Duration.ofMillis(200)).count();
            }
            consumer.commitSync();
        }
    }

    /// Everything that a client can see, as lines, by what it is.
    Map<String, List<String>> look(String bootstrap) throws Exception {
        var seen = new TreeMap<String, List<String>>();
        var records = new ArrayList<String>();
        var committed = new ArrayList<String>();
        for (String topic : TOPICS) {
            records.addAll(read(bootstrap, topic, false));
            committed.addAll(read(bootstrap, topic, true));
        }
        seen.put("records", records);
        seen.put("committed records", committed);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            var ids = new TreeMap<String, String>();
            admin.describeTopics(TOPICS)
                    .allTopicNames()
                    .get()
                    .forEach((name, topic) -> ids.put(name, topic.topicId().toString()));
            seen.put("topic ids", List.of(ids.toString()));
            seen.put("settings", settings(admin));
            for (String group : GROUPS) {
                var offsets = new TreeMap<String, Long>();
                Map<TopicPartition, OffsetAndMetadata> found =
                        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
                found.forEach(
                        (partition, offset) -> offsets.put(partition.toString(), offset.offset()));
                assertFalse(offsets.isEmpty(), group);
                seen.put("offsets of " + group, List.of(offsets.toString()));
            }
        }
        return seen;
    }

    private static List<String> settings(Admin admin)
            throws ExecutionException, InterruptedException {
        var lines = new ArrayList<String>();
        for (String topic : TOPICS) {
            var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            admin
                    .describeConfigs(List.of(resource))
                    .values()
                    .values()
                    .iterator()
                    .next()
                    .get()
                    .entries()
                    .stream()
                    .filter(entry -> entry.source().name().equals("DYNAMIC_TOPIC_CONFIG"))
                    .forEach(entry -> lines.add(topic + " " + entry.name() + "=" + entry.value()));
        }
        lines.sort(null);
        return lines;
    }

    /// From the beginning of each partition to its end.
    private static List<String> read(String bootstrap, String topic, boolean committed) {
        var lines = new ArrayList<String>();
        try (var consumer =
                consumer(
                        bootstrap,
                        Map.of(
                                "isolation.level",
                                committed ? "read_committed" : "read_uncommitted"))) {
            for (int p = 0; p < PARTITIONS; p++) {
                var partition = new TopicPartition(topic, p);
                var list = List.of(partition);
                long start = consumer.beginningOffsets(list).values().iterator().next();
                long end = consumer.endOffsets(list).values().iterator().next();
                // The open transaction ends when its time is over, which may be between two looks.
                lines.add(
                        "%s from %d to %s"
                                .formatted(partition, start, topic.equals("open") ? "?" : end));
                consumer.assign(list);
                consumer.seek(partition, start);
                long patience = System.nanoTime() + Duration.ofSeconds(60).toNanos();
                while (consumer.position(partition) < end) {
                    consumer.poll(Duration.ofMillis(200)).forEach(r -> lines.add(line(r)));
                    assertTrue(System.nanoTime() < patience, "stuck in " + partition);
                }
            }
        }
        return lines;
    }

    private static String line(ConsumerRecord<String, String> record) {
        var header = record.headers().lastHeader("h");
        return "%s-%d@%d %s %d epoch %s %s=%s %s"
                .formatted(
                        record.topic(),
                        record.partition(),
                        record.offset(),
                        record.timestampType(),
                        record.timestamp(),
                        record.leaderEpoch().orElse(-1),
                        record.key(),
                        record.value(),
                        header == null ? "" : new String(header.value(), UTF_8));
    }

    /// What clients of old and new ones do next.
    void goOn(String bootstrap) throws Exception {
        for (String group : GROUPS) {
            commit(bootstrap, group);
        }
        try (var old = producer(bootstrap, Map.of("transactional.id", "ended"))) {
            old.initTransactions();
            old.beginTransaction();
            old.send(new ProducerRecord<>("committed", 0, "k", "after")).get();
            old.commitTransaction();
        }
        assertTrue(
                read(bootstrap, "committed", true).stream().anyMatch(l -> l.contains("k=after")));
        try (var fresh = producer(bootstrap, Map.of())) {
            fresh.send(new ProducerRecord<>("shortened", 0, "k", "fresh")).get();
        }
        long id = producerId(bootstrap, "shortened");
        assertTrue(id > lastProducerId, id + " after " + lastProducerId);
        try (var after = producer(bootstrap, Map.of())) {
            after.send(new ProducerRecord<>("open", 0, "k", "behind it")).get();
        }
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        List<String> seen = List.of();
        while (System.nanoTime() < end && seen.stream().noneMatch(l -> l.contains("behind it"))) {
            seen = read(bootstrap, "open", true);
        }
        assertTrue(seen.stream().anyMatch(l -> l.contains("behind it")), "" + seen);
        assertEquals(0, seen.stream().filter(l -> l.contains("never seen")).count());
    }
}
