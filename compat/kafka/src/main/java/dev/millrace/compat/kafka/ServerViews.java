package dev.millrace.compat.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import kafka.network.SocketServer;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaBroker;
import kafka.server.KafkaConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.controller.Controller;
import org.apache.kafka.controller.ResultOrError;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.apache.kafka.metadata.KRaftMetadataCache;
import org.jspecify.annotations.Nullable;
import org.mockito.Answers;
import org.mockito.Mockito;
import org.mockito.invocation.InvocationOnMock;

/// What stands where a test expects the broker's own objects: each knows a few members, by asking the cluster.
final class ServerViews {
    private final OutsideCluster cluster;
    private final int id;

    ServerViews(OutsideCluster cluster, int id) {
        this.cluster = cluster;
        this.id = id;
    }

    KafkaBroker broker() {
        SocketServer sockets = sockets();
        KRaftMetadataCache cache = metadataCache();
        GroupCoordinator groups = groupCoordinator();
        return new View("broker-" + id)
                .on("config", _ -> kafkaConfig())
                .on("boundPort", _ -> cluster.port(id, false))
                .on("socketServer", _ -> sockets)
                .on("dataPlaneSocketServer", _ -> sockets)
                .on("metadataCache", _ -> cache)
                .on("groupCoordinator", _ -> groups)
                .on("clusterId", _ -> cluster.clusterId())
                .on("isShutdown", _ -> !cluster.isAlive(id))
                .on("sharedServer", ServerViews::anything)
                .does("startup", () -> cluster.startBroker(id))
                .does("shutdown", () -> cluster.shutdownBroker(id))
                .does("awaitShutdown", () -> cluster.awaitEnd(id))
                .as(BrokerServer.class);
    }

    ControllerServer controller() {
        SocketServer sockets = sockets();
        Controller decisions =
                new View("controller-decisions")
                        .on("findAllTopicIds", _ -> completed(cluster.topics().ids()))
                        .on("findTopicIds", call -> completed(topicIds(call.getArgument(1))))
                        .as(Controller.class);
        return new View("controller-" + id)
                .on("config", _ -> kafkaConfig())
                .on("socketServer", _ -> sockets)
                .on("clusterId", _ -> cluster.clusterId())
                .on("controller", _ -> decisions)
                .on("raftManager", ServerViews::anything)
                .on("sharedServer", ServerViews::anything)
                .as(ControllerServer.class);
    }

    private KafkaConfig kafkaConfig() {
        return new KafkaConfig(cluster.nodeConfig(id).properties(), false);
    }

    private SocketServer sockets() {
        return new View("sockets-" + id)
                .on(
                        "boundPort",
                        call ->
                                cluster.port(
                                        id,
                                        cluster.controllerListenerName()
                                                .equals(call.getArgument(0))))
                .as(SocketServer.class);
    }

    private static GroupCoordinator groupCoordinator() {
        var configs = new Properties();
        configs.putAll(
                Map.of(
                        "cleanup.policy",
                        "compact",
                        "compression.type",
                        "producer",
                        "segment.bytes",
                        "104857600"));
        return new View("group-coordinator")
                .on("groupMetadataTopicConfigs", _ -> configs)
                .as(GroupCoordinator.class);
    }

    private KRaftMetadataCache metadataCache() {
        return new View("metadata-cache")
                .on("getAliveBrokerNodes", _ -> new ArrayList<>(cluster.topics().nodes()))
                .on("getBrokerNodes", _ -> new ArrayList<>(cluster.topics().nodes()))
                .on(
                        "hasAliveBroker",
                        call -> cluster.topics().brokerIds().contains(call.<Integer>getArgument(0)))
                .on("getAllTopics", _ -> cluster.topics().ids().keySet())
                .on("contains", call -> contains(call.getArgument(0)))
                .on("numPartitions", call -> topic(call).map(d -> d.partitions().size()))
                .on(
                        "getTopicId",
                        call -> topic(call).map(TopicDescription::topicId).orElse(Uuid.ZERO_UUID))
                .on(
                        "getLeaderAndIsr",
                        call ->
                                cluster.topics()
                                        .leaderAndIsr(call.getArgument(0), call.getArgument(1)))
                .as(KRaftMetadataCache.class);
    }

    private Optional<TopicDescription> topic(InvocationOnMock call) {
        return cluster.topics().describe(call.getArgument(0));
    }

    private boolean contains(Object named) {
        return named instanceof TopicPartition partition
                ? cluster.topics().contains(partition)
                : cluster.topics().exists((String) named);
    }

    private Map<String, ResultOrError<Uuid>> topicIds(Collection<String> names) {
        return cluster.topics().ids().entrySet().stream()
                .filter(e -> names.contains(e.getKey()))
                .collect(
                        Collectors.toMap(
                                Map.Entry::getKey, e -> new ResultOrError<>(e.getValue())));
    }

    private static <T> CompletableFuture<T> completed(T value) {
        return CompletableFuture.completedFuture(value);
    }

    /// For members that tests only pass through.
    private static Object anything(InvocationOnMock call) {
        return Mockito.mock(
                call.getMethod().getReturnType(),
                Mockito.withSettings().defaultAnswer(Answers.RETURNS_DEEP_STUBS).stubOnly());
    }

    /// A stand-in being put together: the members that answer, by name; every other one aborts the test.
    private static final class View {
        private final String name;
        private final Map<String, Function<InvocationOnMock, ? extends @Nullable Object>> members =
                new HashMap<>();

        View(String name) {
            this.name = name;
        }

        <R extends @Nullable Object> View on(String member, Function<InvocationOnMock, R> answer) {
            members.put(member, answer);
            return this;
        }

        View does(String member, Runnable action) {
            return on(
                    member,
                    _ -> {
                        action.run();
                        return null;
                    });
        }

        <T> T as(Class<T> type) {
            return Mockito.mock(
                    type,
                    Mockito.withSettings().defaultAnswer(call -> answer(type, call)).stubOnly());
        }

        private @Nullable Object answer(Class<?> type, InvocationOnMock call) {
            String member = call.getMethod().getName();
            var known = members.get(member);
            if (known != null) return known.apply(call);
            return switch (member) {
                case "toString" -> name;
                default -> throw OutsideCluster.internals(type.getSimpleName() + "." + member);
            };
        }
    }
}
