package dev.millrace.compat.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kafka.server.ControllerServer;
import kafka.server.KafkaBroker;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.test.ClusterInstance;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.Type;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.fault.FaultHandlerException;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/// The cluster of one test, as processes outside of the test's JVM, or one broker that runs already.
///
/// What a test asks of broker internals is answered over the Admin protocol where that can be; the rest aborts the test
/// with the name of the member it asked for ([#internals]): reported as ABORT, never as a pass.
public final class OutsideCluster implements ClusterInstance {
    private static final AtomicInteger SEQUENCE = new AtomicInteger();
    private static final int SETTLE_SECONDS = 60;

    private final Target target = Target.chosen();
    private final ClusterConfig config;
    private final Type type;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Integer, KafkaBroker> brokerViews = new TreeMap<>();
    private final Map<Integer, ControllerServer> controllerViews = new TreeMap<>();
    private Path dir = target.work();
    private @Nullable Topics topics;
    private boolean started;
    private boolean stopped;

    public OutsideCluster(ClusterConfig config, Type type) {
        this.config = config;
        this.type = type;
    }

    static TestAbortedException internals(String member) {
        return new TestAbortedException(Report.INTERNALS + member);
    }

    /// Whether the processes are the same for a cluster of either type.
    public boolean isOneWhateverTheType() {
        return target.isRunning() || !NodeConfig.dependsOnType(config, target);
    }

    /// Plans the processes (their ports are known from here on), or refuses what a running broker cannot be.
    public void prepare(String label) {
        dir = target.work().resolve("%05d-%s".formatted(SEQUENCE.incrementAndGet(), label));
        if (!target.isRunning()) {
            NodeConfig.plan(config, type, target, dir).forEach(node -> nodes.add(new Node(node)));
        } else if (target.brokers(config.numBrokers()) > 1
                || config.brokerSecurityProtocol() != SecurityProtocol.PLAINTEXT
                || !config.isAutoStart()) {
            throw new TestAbortedException("needs a cluster of its own, not a running broker");
        }
    }

    // ---- life cycle

    @Override
    public void start() {
        if (started) return;
        if (target.isRunning()) {
            topics().wipe();
        } else {
            nodes.forEach(node -> node.start(target.command()));
        }
        started = true;
        waitForReadyBrokers();
    }

    @Override
    public boolean started() {
        return started;
    }

    @Override
    public void stop() {
        if (stopped) return;
        stopped = true;
        if (topics != null) topics.admin.close(Duration.ZERO);
        nodes.forEach(Node::kill);
        if (!target.keep()) delete(dir);
    }

    @Override
    public boolean stopped() {
        return stopped;
    }

    @Override
    public void shutdownBroker(int id) {
        node(id).stop();
    }

    @Override
    public void startBroker(int id) {
        node(id).start(target.command());
        Waiting.until(
                SETTLE_SECONDS,
                "broker " + id + " to be back",
                () -> topics().brokerIds().contains(id));
    }

    @Override
    public void waitForReadyBrokers() {
        Waiting.until(
                target.startSeconds(),
                "the cluster to be ready; see " + dir,
                () -> {
                    if (nodes.stream().anyMatch(Node::hasDied) && aliveIds().isEmpty()) {
                        throw new TestAbortedException(
                                "the broker's process ended at its start; see " + dir);
                    }
                    List<Node> running =
                            nodes.stream()
                                    .filter(Node::isAlive)
                                    .filter(n -> n.config.isBroker())
                                    .toList();
                    return running.stream().allMatch(Node::listens)
                            && topics().brokerIds().containsAll(aliveIds());
                });
    }

    boolean isAlive(int id) {
        return target.isRunning() || node(id).isAlive();
    }

    boolean awaitEnd(int id) {
        return node(id).ended(SETTLE_SECONDS);
    }

    // ---- who and where

    @Override
    public Type type() {
        return type;
    }

    @Override
    public ClusterConfig config() {
        return config;
    }

    @Override
    public Set<Integer> brokerIds() {
        return target.isRunning() ? topics().brokerIds() : ids(NodeConfig::isBroker);
    }

    @Override
    public Set<Integer> controllerIds() {
        if (!target.isRunning()) return ids(NodeConfig::isController);
        return Set.of(Waiting.answer(topics().admin.describeCluster().controller()).id());
    }

    @Override
    public ListenerName clientListener() {
        return config.brokerListenerName();
    }

    @Override
    public ListenerName controllerListenerName() {
        return config.controllerListenerName();
    }

    @Override
    public String bootstrapServers() {
        return target.bootstrap() != null ? target.bootstrap() : addresses(brokerBoundPorts());
    }

    @Override
    public String bootstrapControllers() {
        return addresses(controllerBoundPorts());
    }

    @Override
    public List<Integer> brokerBoundPorts() {
        return target.bootstrap() != null
                ? Arrays.stream(target.bootstrap().split(",", -1))
                        .map(a -> Integer.valueOf(a.replaceAll(".*:", "")))
                        .toList()
                : configs().filter(NodeConfig::isBroker).map(NodeConfig::brokerPort).toList();
    }

    @Override
    public List<Integer> controllerBoundPorts() {
        if (target.isRunning()) throw internals("controllers of a running broker");
        return configs().filter(NodeConfig::isController).map(NodeConfig::controllerPort).toList();
    }

    @Override
    public String clusterId() {
        return Waiting.answer(topics().admin.describeCluster().clusterId());
    }

    @Override
    public Set<GroupProtocol> supportedGroupProtocols() {
        var level =
                Waiting.answer(topics().admin.describeFeatures().featureMetadata())
                        .finalizedFeatures()
                        .get("group.version");
        return level != null && level.maxVersionLevel() >= 1
                ? EnumSet.allOf(GroupProtocol.class)
                : EnumSet.of(GroupProtocol.CLASSIC);
    }

    @Override
    public Optional<FaultHandlerException> firstFatalException() {
        return Optional.empty();
    }

    @Override
    public Optional<FaultHandlerException> firstNonFatalException() {
        return Optional.empty();
    }

    @Override
    public List<Authorizer> authorizers() {
        throw internals("authorizers");
    }

    // ---- topics, and waiting for what a test did

    @Override
    public void createTopic(String topic, int partitions, short replicas) {
        createTopic(topic, partitions, replicas, Map.of());
    }

    @Override
    public void createTopic(
            String topic, int partitions, short replicas, Map<String, String> configs) {
        topics().create(
                        new NewTopic(topic, partitions, target.replicas(replicas))
                                .configs(configs));
        waitTopicCreation(topic, partitions);
    }

    @Override
    public void waitTopicCreation(String topic, int partitions) {
        if (partitions <= 0)
            throw new IllegalArgumentException(
                    "Partition count must be > 0, but was " + partitions);
        Waiting.until(
                SETTLE_SECONDS,
                "every broker to know " + topic,
                () ->
                        canAskEach()
                                ? everyBroker(port -> BrokerMetadata.knows(port, topic, partitions))
                                : topics().hasLeaders(topic, partitions));
    }

    @Override
    public void waitTopicDeletion(String topic) {
        Waiting.until(
                SETTLE_SECONDS,
                topic + " to be gone",
                () ->
                        canAskEach()
                                ? everyBroker(port -> BrokerMetadata.knowsNothing(port, topic))
                                : !topics().exists(topic));
    }

    /// The views answer from the brokers at the time of the call: there is no local copy that could lag.
    @Override
    public void ensureConsistentMetadata() {}

    @Override
    public void ensureConsistentMetadata(
            Collection<KafkaBroker> brokers, Collection<ControllerServer> controllers) {}

    @Override
    public void waitAcls(AclBindingFilter filter, Collection<AccessControlEntry> wanted) {
        Waiting.until(
                SETTLE_SECONDS,
                "access rules " + wanted,
                () ->
                        Waiting.answer(topics().admin.describeAcls(filter).values()).stream()
                                .map(AclBinding::entry)
                                .collect(Collectors.toSet())
                                .equals(new HashSet<>(wanted)));
    }

    // ---- stand-ins for broker objects

    @Override
    public synchronized Map<Integer, KafkaBroker> brokers() {
        if (!started) return Map.of();
        brokerIds()
                .forEach(id ->
                        brokerViews.computeIfAbsent(id, i -> new ServerViews(this, i).broker()));
        return Map.copyOf(brokerViews);
    }

    @Override
    public Map<Integer, KafkaBroker> aliveBrokers() {
        return brokers().entrySet().stream()
                .filter(e -> isAlive(e.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Override
    public synchronized Map<Integer, ControllerServer> controllers() {
        if (!started) return Map.of();
        controllerIds()
                .forEach(id ->
                        controllerViews.computeIfAbsent(
                                id, i -> new ServerViews(this, i).controller()));
        return Map.copyOf(controllerViews);
    }

    // ---- for the views

    synchronized Topics topics() {
        if (topics == null) topics = new Topics(newAdmin());
        return topics;
    }

    NodeConfig nodeConfig(int id) {
        return target.isRunning()
                ? NodeConfig.plan(config, type, target, dir).getFirst()
                : node(id).config;
    }

    int port(int id, boolean controller) {
        if (target.isRunning()) return brokerBoundPorts().getFirst();
        return controller ? node(id).config.controllerPort() : node(id).config.brokerPort();
    }

    private Admin newAdmin() {
        return admin(new HashMap<>());
    }

    private Node node(int id) {
        if (target.isRunning())
            throw new TestAbortedException(
                    "stops or starts a broker, which runs outside of this test");
        return nodes.stream()
                .filter(n -> n.config.id() == id)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Unknown broker " + id));
    }

    private Set<Integer> aliveIds() {
        return nodes.stream()
                .filter(n -> n.config.isBroker() && n.isAlive())
                .map(n -> n.config.id())
                .collect(Collectors.toSet());
    }

    private boolean canAskEach() {
        return !target.isRunning() && config.brokerSecurityProtocol() == SecurityProtocol.PLAINTEXT;
    }

    /// Of those that live.
    private boolean everyBroker(IntPredicate answers) {
        return nodes.stream()
                .filter(n -> n.config.isBroker() && n.isAlive())
                .allMatch(n -> answers.test(n.config.brokerPort()));
    }

    private Set<Integer> ids(Predicate<NodeConfig> wanted) {
        return configs()
                .filter(wanted)
                .map(NodeConfig::id)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Stream<NodeConfig> configs() {
        return nodes.stream().map(n -> n.config);
    }

    private static String addresses(List<Integer> ports) {
        return ports.stream().map(p -> "localhost:" + p).collect(Collectors.joining(","));
    }

    private static void delete(Path dir) {
        if (!Files.exists(dir)) return;
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList())
                Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + dir, e);
        }
    }
}
