package dev.millrace.compat.kafka;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.Type;

/// One node of a test's cluster, before it runs: who it is, where it listens, and its whole `server.properties`.
///
/// @param brokerPort 0 for a node that is a controller only
/// @param controllerPort 0 for a node that is a broker only
record NodeConfig(
        int id, int brokerPort, int controllerPort, Path dir, Map<String, String> properties) {

    /// Where an isolated controller's ids begin, as in Kafka's own test kit.
    private static final int FIRST_CONTROLLER_ID = 3000;

    private static final Map<String, Integer> REPLICATION_DEFAULTS =
            Map.of(
                    "offsets.topic.replication.factor", 3,
                    "transaction.state.log.replication.factor", 3,
                    "transaction.state.log.min.isr", 2,
                    "share.coordinator.state.topic.replication.factor", 3,
                    "share.coordinator.state.topic.min.isr", 2,
                    "default.replication.factor", 1,
                    "min.insync.replicas", 1);

    boolean isBroker() {
        return brokerPort != 0;
    }

    boolean isController() {
        return controllerPort != 0;
    }

    /// The nodes for what a test asks: brokers that are controllers (`CO_KRAFT`), or controllers apart. A single broker whose test is happy
    /// with either, and with one controller, is its own controller: one process less.
    ///
    /// @param type which of the kinds of cluster that the test runs on this time
    static List<NodeConfig> plan(ClusterConfig asked, Type type, Target target, Path dir) {
        int brokers = target.brokers(asked.numBrokers());
        boolean apart = apart(asked, type, brokers);
        Set<Integer> brokerIds = ids(0, brokers);
        Set<Integer> controllerIds = ids(apart ? FIRST_CONTROLLER_ID : 0, asked.numControllers());
        Map<Integer, Integer> controllerPorts =
                controllerIds.stream()
                        .collect(
                                Collectors.toMap(
                                        id -> id, _ -> FreePort.next(), (a, _) -> a, TreeMap::new));
        String voters =
                controllerPorts.entrySet().stream()
                        .map(e -> e.getKey() + "@localhost:" + e.getValue())
                        .collect(Collectors.joining(","));
        String clusterId = Uuid.randomUuid().toString();
        Set<Integer> all =
                new LinkedHashSet<>(controllerIds); // controllers first: brokers register with them
        all.addAll(brokerIds);
        List<NodeConfig> nodes = new ArrayList<>();
        for (int id : all) {
            int brokerPort = brokerIds.contains(id) ? FreePort.next() : 0;
            var node =
                    new NodeConfig(
                            id,
                            brokerPort,
                            controllerPorts.getOrDefault(id, 0),
                            dir.resolve("node-" + id),
                            new TreeMap<>(asked.serverProperties()));
            node.complete(asked, voters, clusterId);
            if (brokers < asked.numBrokers()) node.capReplication(brokers);
            nodes.add(node);
        }
        return nodes;
    }

    /// Whether a cluster of one type is made of other processes than one of the other type.
    static boolean dependsOnType(ClusterConfig asked, Target target) {
        int brokers = target.brokers(asked.numBrokers());
        return apart(asked, Type.KRAFT, brokers) != apart(asked, Type.CO_KRAFT, brokers);
    }

    private static boolean apart(ClusterConfig asked, Type type, int brokers) {
        return switch (System.getProperty("compat.topology", "auto")) {
            case "combined" -> false;
            case "isolated" -> true;
            default ->
                    type == Type.KRAFT
                            && (brokers > 1
                                    || asked.numControllers() > 1
                                    || asked.clusterTypes().equals(Set.of(Type.KRAFT)));
        };
    }

    private static Set<Integer> ids(int first, int count) {
        return IntStream.range(first, first + count)
                .boxed()
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private void complete(ClusterConfig asked, String voters, String clusterId) {
        String brokerListener = asked.brokerListenerName().value();
        String controllerListener = asked.controllerListenerName().value();
        List<String> roles = new ArrayList<>();
        List<String> listeners = new ArrayList<>();
        if (isBroker()) {
            roles.add("broker");
            listeners.add(brokerListener + "://localhost:" + brokerPort);
        }
        if (isController()) {
            roles.add("controller");
            listeners.add(controllerListener + "://localhost:" + controllerPort);
        }
        properties.put("process.roles", String.join(",", roles));
        properties.put("node.id", Integer.toString(id));
        properties.put("log.dirs", dataDirs(isBroker() ? asked.numDisksPerBroker() : 1));
        properties.put("controller.quorum.voters", voters);
        properties.putIfAbsent("listeners", String.join(",", listeners));
        properties.putIfAbsent("controller.listener.names", controllerListener);
        properties.putIfAbsent(
                "listener.security.protocol.map",
                "%s:%s,%s:%s"
                        .formatted(
                                brokerListener,
                                asked.brokerSecurityProtocol(),
                                controllerListener,
                                asked.controllerSecurityProtocol()));
        if (!properties.containsKey("security.inter.broker.protocol")) {
            properties.putIfAbsent("inter.broker.listener.name", brokerListener);
        }
        properties.putIfAbsent(
                "log.cleaner.dedupe.buffer.size",
                "2097152"); // Kafka's test kit: the least, for memory
        properties.putIfAbsent("unstable.api.versions.enable", "true");
        properties.putIfAbsent("unstable.feature.versions.enable", "true");
        if (asked.brokerSecurityProtocol() == SecurityProtocol.SASL_PLAINTEXT) sasl(brokerListener);
        if (asked.controllerSecurityProtocol() == SecurityProtocol.SASL_PLAINTEXT)
            sasl(controllerListener);
        properties.putAll(asked.perServerOverrideProperties().getOrDefault(id, Map.of()));
        properties.put("harness.cluster.id", clusterId);
        properties.put("harness.metadata.version", asked.metadataVersion().toString());
        properties.put(
                "harness.features",
                asked.features().entrySet().stream()
                        .map(e -> e.getKey().featureName() + "=" + e.getValue())
                        .sorted()
                        .collect(Collectors.joining(",")));
    }

    private String dataDirs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> dir.resolve("data" + i).toString())
                .collect(Collectors.joining(","));
    }

    /// The users that Kafka's test kit knows: the tests' clients sign in as these.
    private void sasl(String listener) {
        properties.putIfAbsent("sasl.enabled.mechanisms", "PLAIN");
        properties.putIfAbsent("sasl.mechanism.inter.broker.protocol", "PLAIN");
        properties.putIfAbsent("sasl.mechanism.controller.protocol", "PLAIN");
        properties.putIfAbsent(
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        properties.putIfAbsent("allow.everyone.if.no.acl.found", "false");
        properties.putIfAbsent("super.users", "User:plain-admin");
        properties.putIfAbsent(
                "listener.name.%s.plain.sasl.jaas.config"
                        .formatted(listener.toLowerCase(Locale.ROOT)),
                "org.apache.kafka.common.security.plain.PlainLoginModule required"
                        + " username=\"plain-admin\" password=\"plain-admin-secret\""
                        + " user_plain-admin=\"plain-admin-secret\" user_plain-user1=\"plain-user1-secret\";");
    }

    private void capReplication(int brokers) {
        REPLICATION_DEFAULTS.forEach((key, ordinary) -> {
            int asked = Integer.parseInt(properties.getOrDefault(key, ordinary.toString()));
            properties.put(key, Integer.toString(Math.min(brokers, asked)));
        });
    }
}
