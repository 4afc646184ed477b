package dev.millrace.compat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;

/// A cluster of three processes, each broker and controller: 1, 2 and 3.
final class ThreeBrokers implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final short REPLICAS = 3;

    private final List<Broker> brokers;
    private final List<String> http;
    private final Admin admin;

    private ThreeBrokers(List<Broker> brokers, List<String> http) {
        this.brokers = brokers;
        this.http = http;
        this.admin = Admin.create(Map.of("bootstrap.servers", bootstrap()));
    }

    /// Starts them; they are ready when this returns.
    static ThreeBrokers start(String name, Map<String, String> overrides) {
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < 3 * REPLICAS; i++) ports.add(Broker.freePort());
        List<String> voters = new ArrayList<>();
        for (int id = 1; id <= REPLICAS; id++) voters.add(id + "@127.0.0.1:" + ports.get(id + 2));
        List<Broker> brokers = new ArrayList<>();
        List<String> http = new ArrayList<>();
        for (int id = 1; id <= REPLICAS; id++) {
            Map<String, String> config = new HashMap<>();
            config.put("node.id", Integer.toString(id));
            config.put("controller.quorum.voters", String.join(",", voters));
            config.put("default.replication.factor", "3");
            config.put("min.insync.replicas", "2");
            config.put("offsets.topic.replication.factor", "3");
            config.put("transaction.state.log.replication.factor", "3");
            config.put("transaction.state.log.min.isr", "2");
            if (!BrokerUnderTest.isApacheKafka()) {
                http.add("127.0.0.1:" + ports.get(id + 5));
                config.put("millrace.http.listener", http.getLast());
            }
            config.putAll(overrides);
            brokers.add(
                    Broker.member(name + "-" + id, ports.get(id - 1), ports.get(id + 2), config));
        }
        boolean ready = false;
        try {
            brokers.forEach(Broker::launch);
            brokers.forEach(Broker::awaitReady);
            ready = true;
            return new ThreeBrokers(brokers, http);
        } finally {
            if (!ready) brokers.forEach(Broker::kill);
        }
    }

    String bootstrap() {
        return String.join(",", brokers.stream().map(Broker::bootstrap).toList());
    }

    /// By its id, from 1.
    Broker broker(int id) {
        return brokers.get(id - 1);
    }

    /// Returns when every broker knows of it.
    void create(String topic, int partitions) {
        ask(admin.createTopics(List.of(new NewTopic(topic, partitions, REPLICAS))).all());
        awaitInSync(Set.of(topic));
    }

    /// With replicas of one's own choice.
    void create(String topic, Map<Integer, List<Integer>> replicas) {
        ask(admin.createTopics(List.of(new NewTopic(topic, replicas))).all());
        awaitInSync(Set.of(topic));
    }

    /// Of each partition.
    List<List<Integer>> replicas(String topic) {
        return describe(topic).partitions().stream()
                .map(partition -> partition.replicas().stream().map(Node::id).toList())
                .toList();
    }

    void grow(String topic, int partitions) {
        ask(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all());
    }

    int leader(String topic, int partition) {
        return describe(topic).partitions().get(partition).leader().id();
    }

    private TopicDescription describe(String topic) {
        return Objects.requireNonNull(
                ask(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic));
    }

    int coordinator(String group) {
        var description = admin.describeConsumerGroups(List.of(group)).describedGroups().get(group);
        return ask(Objects.requireNonNull(description)).coordinator().id();
    }

    /// What an operator waits for before the next step: `/ready` where there is such a thing, and every replica in sync.
    void awaitWell(int id) {
        if (!http.isEmpty()) {
            await("broker " + id + " to be ready", () -> ready(http.get(id - 1)));
        }
        awaitInSync(ask(admin.listTopics(internalToo()).names()));
    }

    private static ListTopicsOptions internalToo() {
        return new ListTopicsOptions().listInternal(true);
    }

    private static boolean ready(String address) {
        try {
            var connection =
                    (HttpURLConnection)
                            URI.create("http://" + address + "/ready").toURL().openConnection();
            connection.setConnectTimeout(2_000);
            connection.setReadTimeout(5_000);
            return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (IOException notYet) {
            return false;
        }
    }

    private void awaitInSync(Collection<String> topics) {
        await(
                "all replicas of " + topics + " to be in sync",
                () ->
                        ask(admin.describeTopics(topics).allTopicNames()).values().stream()
                                .flatMap(topic -> topic.partitions().stream())
                                .allMatch(partition ->
                                        partition.leader() != null
                                                && new HashSet<>(partition.isr())
                                                        .containsAll(partition.replicas())));
    }

    /// What can be asked again and again.
    interface Question {
        boolean holds();
    }

    static void await(String what, Question question) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!question.holds()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("waited " + PATIENCE + " for " + what);
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private static <T> T ask(KafkaFuture<T> answer) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        admin.close();
        brokers.forEach(Broker::close);
    }
}
