package dev.millrace.engine.wire;

import dev.millrace.engine.api.ActiveProducers;
import dev.millrace.engine.api.ApiVersionsHandler;
import dev.millrace.engine.api.AutoTopics;
import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.DescribeClusterHandler;
import dev.millrace.engine.api.DescribeLogDirsHandler;
import dev.millrace.engine.api.DescribeProducersHandler;
import dev.millrace.engine.api.DescribeTopicPartitionsHandler;
import dev.millrace.engine.api.GetTelemetrySubscriptionsHandler;
import dev.millrace.engine.api.Handler;
import dev.millrace.engine.api.LogDirectories;
import dev.millrace.engine.api.MetadataHandler;
import dev.millrace.engine.api.NodeIdentity;
import dev.millrace.engine.api.PushTelemetryHandler;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.metadata.Bootstrap;
import dev.millrace.engine.metadata.FeatureRange;
import dev.millrace.engine.metadata.ManualTime;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.SupportedFeatures;
import dev.millrace.engine.telemetry.ClientTelemetry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/// The cluster that the golden questions are asked of: one broker, three topics.
public final class GoldenFixture {
    /// Partitions by topic name.
    static final TreeMap<String, Integer> TOPICS =
            new TreeMap<>(Map.of("orders", 3, "single", 1, "__consumer_offsets", 1));

    static final NodeIdentity SELF = new NodeIdentity("q1Sh-9_ISia_zwGINzRvyQ", 1);

    static final ClientConnection CONNECTION =
            new ClientConnection(
                    1,
                    "PLAINTEXT",
                    SecurityProtocol.PLAINTEXT,
                    "127.0.0.1",
                    "localhost",
                    9092,
                    KafkaPrincipal.ANONYMOUS);

    private GoldenFixture() {}

    static MetadataImage image() {
        var records = new ArrayList<ApiMessage>();
        Bootstrap.records(MetadataVersion.LATEST_PRODUCTION, kafkasLevels(), 1)
                .forEach(record -> records.add(record.message()));
        var registration =
                new RegisterBrokerRecord()
                        .setBrokerId(SELF.nodeId())
                        .setBrokerEpoch(1)
                        .setRack(null)
                        .setFenced(false);
        registration
                .endPoints()
                .add(new BrokerEndpoint().setName("PLAINTEXT").setHost("localhost").setPort(9092));
        records.add(registration);
        TOPICS.forEach((name, partitions) -> addTopic(records, name, partitions));
        var image = MetadataImage.EMPTY;
        for (int offset = 0; offset < records.size(); offset++) {
            image = image.replay(records.get(offset), offset, 1);
        }
        return image;
    }

    private static void addTopic(List<ApiMessage> records, String name, int partitions) {
        var id = new Uuid(1, name.hashCode());
        records.add(new TopicRecord().setName(name).setTopicId(id));
        for (int partition = 0; partition < partitions; partition++) {
            records.add(
                    new PartitionRecord()
                            .setTopicId(id)
                            .setPartitionId(partition)
                            .setReplicas(List.of(SELF.nodeId()))
                            .setIsr(List.of(SELF.nodeId()))
                            .setLeader(SELF.nodeId())
                            .setLeaderEpoch(0)
                            .setPartitionEpoch(0));
        }
    }

    /// The handlers under comparison, on that image, and nothing else.
    static Router router() {
        var router = new Router[1];
        router[0] = new Router(handlers(() -> router[0].advertised()), false);
        return router[0];
    }

    /// The handlers under comparison.
    ///
    /// @param advertised what the router serves that they are given to
    public static List<Handler<?, ?>> handlers(Supplier<ApiVersionCollection> advertised) {
        MetadataImage image = image();
        var time = new ManualTime();
        var telemetry = new ClientTelemetry(() -> image, time, new CountedIds(), LOCKED, 1 << 20);
        var autoTopics = new AutoTopics(LOCKED, () -> true, _ -> new CompletableFuture<>());
        return List.of(
                new ApiVersionsHandler(
                        advertised, () -> image, () -> (short) 0, SELF, kafkasRanges()),
                new MetadataHandler(() -> image, SELF, SELF::nodeId, autoTopics),
                new DescribeClusterHandler(() -> image, SELF, SELF::nodeId),
                new DescribeTopicPartitionsHandler(() -> image, () -> 2_000),
                new DescribeLogDirsHandler(() -> List.of(directory()), _ -> null),
                new DescribeProducersHandler(
                        () -> image, _ -> new ActiveProducers.Answer(Errors.NONE, List.of())),
                new GetTelemetrySubscriptionsHandler(telemetry),
                new PushTelemetryHandler(telemetry));
    }

    /// The tests over sockets come on many threads.
    private static final Turn LOCKED =
            new Turn() {
                private final ReentrantLock lock = new ReentrantLock();

                @Override
                public <T> T take(Supplier<T> action) {
                    lock.lock();
                    try {
                        return action.get();
                    } finally {
                        lock.unlock();
                    }
                }

                @Override
                public boolean held() {
                    return lock.isHeldByCurrentThread();
                }
            };

    /// Every replica of the fixture, empty.
    private static LogDirectories.Directory directory() {
        var replicas = new TreeMap<TopicPartition, LogDirectories.Replica>(LogDirectories.ORDER);
        TOPICS.forEach((topic, partitions) -> {
            for (int index = 0; index < partitions; index++) {
                replicas.put(
                        new TopicPartition(topic, index), new LogDirectories.Replica(0, 0, false));
            }
        });
        return new LogDirectories.Directory("/data", Errors.NONE, 100, 50, false, replicas);
    }

    /// Ids in a row.
    private static final class CountedIds implements Entropy {
        private long last = 1_000;

        @Override
        public Uuid uuid() {
            return new Uuid(1, ++last);
        }

        @Override
        public long below(long bound) {
            return 0;
        }
    }

    /// What Kafka supports: ours is less while some of its protocols are not served.
    private static SortedMap<String, FeatureRange> kafkasRanges() {
        var ranges = new TreeMap<>(SupportedFeatures.RANGES);
        for (Feature feature : Feature.PRODUCTION_FEATURES) {
            ranges.put(
                    feature.featureName(),
                    new FeatureRange(feature.minimumProduction(), feature.latestProduction()));
        }
        return ranges;
    }

    private static Map<String, Short> kafkasLevels() {
        var levels = new TreeMap<String, Short>();
        for (Feature feature : Feature.PRODUCTION_FEATURES) {
            levels.put(
                    feature.featureName(), feature.defaultLevel(MetadataVersion.LATEST_PRODUCTION));
        }
        return levels;
    }
}
