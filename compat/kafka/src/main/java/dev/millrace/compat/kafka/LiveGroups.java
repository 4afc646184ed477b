package dev.millrace.compat.kafka;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;

/// One group of every kind, with members in it, for tools to look at: `live-classic`, `live-consumer` (KIP-848),
/// `live-streams` (KIP-1071), `live-share` (KIP-932), all on `live-in`; and for every prefix a streams group `PREFIX-app`
/// that has been and gone. Prints `ready` when nothing moves any more, and keeps the members in until it is killed.
///
/// A kind that the broker does not serve is named on a line of its own and left out.
public final class LiveGroups {
    private static final int JOIN_SECONDS = 30;
    private static final String IN = "live-in";

    private final String bootstrap;
    private final List<Consumer<String, String>> members = new ArrayList<>();

    private LiveGroups(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    /// @param args the bootstrap address, then prefixes
    public static void main(String[] args) throws Exception {
        var groups = new LiveGroups(args[0]);
        groups.topics(args);
        groups.produce(0, 30);
        groups.attempt("classic", () -> groups.consumers("classic", "a", "b"));
        groups.attempt("consumer", () -> groups.consumers("consumer", "a", "b"));
        groups.attempt("share", groups::share);
        for (int i = 1; i < args.length; i++) {
            String app = args[i] + "-app";
            groups.attempt("streams", () -> groups.stoppedApplication(app, app + "-in"));
        }
        groups.produce(30, 36);
        groups.attempt("streams", () -> groups.application("live-streams", IN));
        System.out.println("ready");
        groups.stay();
    }

    private interface Step {
        void run() throws Exception;
    }

    private void attempt(String kind, Step step) {
        try {
            step.run();
        } catch (Exception | AssertionError failed) {
            System.out.println("no " + kind + " group: " + failed.getMessage());
        }
    }

    private void topics(String[] args) throws Exception {
        var topics = new ArrayList<NewTopic>();
        topics.add(new NewTopic(IN, 3, (short) 1));
        topics.add(new NewTopic("live-streams-out", 1, (short) 1));
        for (int i = 1; i < args.length; i++) {
            topics.add(new NewTopic(args[i] + "-app-in", 2, (short) 1));
            topics.add(new NewTopic(args[i] + "-app-out", 1, (short) 1));
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(topics).all().get();
        }
    }

    private void produce(int from, int to) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrap);
        var serializer = new StringSerializer();
        try (var producer = new KafkaProducer<>(config, serializer, serializer)) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(IN, i % 3, "k" + i, "v" + i)).get();
            }
        }
    }

    /// Two members, the second a static one; what they have read is committed, and they read no more.
    private void consumers(String protocol, String... names) {
        var joining = new ArrayList<Consumer<String, String>>();
        for (String name : names) {
            var config = new HashMap<String, Object>();
            config.put("bootstrap.servers", bootstrap);
            config.put("group.protocol", protocol);
            config.put("group.id", "live-" + protocol);
            config.put("client.id", "live-" + protocol + "-" + name);
            config.put("auto.offset.reset", "earliest");
            config.put("enable.auto.commit", "false");
            if (name.equals("b")) {
                config.put("group.instance.id", "instance-b");
            }
            var deserializer = new StringDeserializer();
            var consumer = new KafkaConsumer<>(config, deserializer, deserializer);
            consumer.subscribe(List.of(IN));
            joining.add(consumer);
        }
        int[] read = new int[1];
        Waiting.until(
                JOIN_SECONDS,
                protocol + " members",
                () -> {
                    for (var consumer : joining) {
                        read[0] += consumer.poll(Duration.ofMillis(50)).count();
                    }
                    return read[0] >= 30
                            && joining.stream()
                                    .allMatch(consumer -> !consumer.assignment().isEmpty());
                });
        joining.forEach(consumer -> {
            consumer.commitSync();
            consumer.pause(consumer.assignment());
        });
        members.addAll(joining);
    }

    private void share() {
        var config = new HashMap<String, Object>();
        config.put("bootstrap.servers", bootstrap);
        config.put("group.id", "live-share");
        config.put("client.id", "live-share-a");
        config.put("max.poll.interval.ms", "86400000"); // it stays a member without polling
        var deserializer = new StringDeserializer();
        var consumer = new KafkaShareConsumer<>(config, deserializer, deserializer);
        consumer.subscribe(List.of(IN));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            Waiting.until(
                    JOIN_SECONDS,
                    "share member",
                    () -> {
                        consumer.poll(Duration.ofMillis(200));
                        var found =
                                Waiting.answer(
                                        admin.describeShareGroups(List.of("live-share")).all());
                        return found.values().stream()
                                .flatMap(group -> group.members().stream())
                                .anyMatch(
                                        member -> !member.assignment().topicPartitions().isEmpty());
                    });
        }
    }

    /// A word count: a repartition topic and a store with its changelog.
    private KafkaStreams start(String app, String in) throws IOException {
        var builder = new StreamsBuilder();
        builder.<String, String>stream(in)
                .groupBy((key, value) -> value)
                .count()
                .toStream()
                .mapValues(String::valueOf)
                .to(app + "-out");
        String strings = "org.apache.kafka.common.serialization.Serdes$StringSerde";
        var config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        config.put("application.id", app);
        config.put("client.id", app);
        config.put("group.protocol", "streams");
        config.put("state.dir", Files.createTempDirectory("live-streams").toString());
        config.put("commit.interval.ms", "100");
        config.put("auto.offset.reset", "earliest");
        config.put("default.key.serde", strings);
        config.put("default.value.serde", strings);
        var streams = new KafkaStreams(builder.build(), config);
        streams.start();
        Waiting.until(
                JOIN_SECONDS,
                app + " running",
                () ->
                        streams.state() == KafkaStreams.State.RUNNING
                                && streams.metadataForLocalThreads().stream()
                                        .anyMatch(thread -> !thread.activeTasks().isEmpty()));
        return streams;
    }

    /// An application that has read and counted everything.
    private void application(String app, String in) throws IOException {
        start(app, in);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            Waiting.until(
                    JOIN_SECONDS,
                    app + " has committed",
                    () -> {
                        var answer =
                                admin.listStreamsGroupOffsets(
                                        Map.of(app, new ListStreamsGroupOffsetsSpec()));
                        return Waiting.answer(answer.partitionsToOffsetAndMetadata(app))
                                        .values()
                                        .stream()
                                        .mapToLong(offset -> offset == null ? 0 : offset.offset())
                                        .sum()
                                >= 2 * 36;
                    });
        }
    }

    /// An application that has been stopped, with an offset committed in its name.
    private void stoppedApplication(String app, String in) throws IOException {
        start(app, in).close(Duration.ofSeconds(10));
        var offset = Map.of(new TopicPartition(in, 0), new OffsetAndMetadata(0));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            Waiting.until(
                    JOIN_SECONDS,
                    app + " empty",
                    () -> {
                        Waiting.answer(admin.alterStreamsGroupOffsets(app, offset).all());
                        return true;
                    });
        }
    }

    /// Members stay members as long as they are polled.
    private void stay() {
        var wait = Duration.ofMillis(100);
        while (true) {
            members.forEach(consumer -> consumer.poll(wait));
            LockSupport.parkNanos(wait.toNanos());
        }
    }
}
