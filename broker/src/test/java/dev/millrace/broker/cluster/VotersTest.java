package dev.millrace.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.broker.Broker;
import dev.millrace.broker.FreePort;
import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.broker.format.StorageTool;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.QuorumInfo.ReplicaState;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ControllerIdNotRegisteredException;
import org.apache.kafka.common.errors.DuplicateVoterException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidUpdateVersionException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.VoterNotFoundException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Voters that come and go (KIP-853): several nodes in one JVM, and Kafka's own Admin client against them.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
final class VotersTest {
    @TempDir Path folder;
    private final Map<Integer, Integer> controllerPorts = new TreeMap<>();
    private final Map<Integer, Integer> brokerPorts = new TreeMap<>();
    private final List<Broker> running = new ArrayList<>();

    VotersTest() throws Exception {
        for (int id = 1; id <= 3; id++) {
            controllerPorts.put(id, FreePort.find());
            brokerPorts.put(id, FreePort.find());
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        // At once: the last of them would find nobody to give it leave.
        List<Thread> stops =
                running.stream().map(broker -> Thread.ofPlatform().start(broker::stop)).toList();
        for (Thread each : stops) {
            each.join();
        }
    }

    private Map<String, String> settings(int id, String key, String value) {
        return new TreeMap<>(
                Map.of(
                        "process.roles",
                        "broker,controller",
                        "node.id",
                        Integer.toString(id),
                        "listeners",
                        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                                .formatted(brokerPorts.get(id), controllerPorts.get(id)),
                        "controller.listener.names",
                        "CONTROLLER",
                        "log.dirs",
                        folder.resolve("node" + id).toString(),
                        "controller.quorum.request.timeout.ms",
                        "10000",
                        "controller.quorum.fetch.timeout.ms",
                        "10000",
                        "millrace.http.listener",
                        "",
                        key,
                        value));
    }

    private Map<String, String> joining(int id) {
        return settings(
                id, "controller.quorum.bootstrap.servers", "127.0.0.1:" + controllerPorts.get(1));
    }

    private static Broker start(Map<String, String> settings) throws Exception {
        return Broker.start(BrokerConfig.from(Settings.of(settings), new ArrayList<>()), false);
    }

    private void format(int id, Map<String, String> settings, String... options) throws Exception {
        Path file = folder.resolve("node" + id + ".properties");
        var properties = new Properties();
        properties.putAll(settings);
        try (var out = Files.newBufferedWriter(file)) {
            properties.store(out, null);
        }
        var said = new ByteArrayOutputStream();
        var out = new PrintStream(said, true, StandardCharsets.UTF_8);
        var words = new ArrayList<>(List.of("format", "-c", file.toString()));
        words.addAll(List.of(options));
        assertEquals(
                0, StorageTool.run(words, out, out), () -> said.toString(StandardCharsets.UTF_8));
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + brokerPorts.get(1)));
    }

    private static List<ReplicaState> voters(Admin admin) throws Exception {
        return admin.describeMetadataQuorum().quorumInfo().get().voters();
    }

    private static Set<Integer> ids(List<ReplicaState> replicas) {
        var ids = new TreeSet<Integer>();
        replicas.forEach(replica -> ids.add(replica.replicaId()));
        return ids;
    }

    /// Until it holds; the test's own time-out is the bound.
    private static void until(Callable<Boolean> holds) throws Exception {
        while (true) {
            try {
                if (holds.call()) {
                    return;
                }
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException)) {
                    throw e;
                }
            }
            Thread.sleep(50);
        }
    }

    /// Asked again where the answer is only late: a slow machine does not commit within the two seconds that the quorum takes for it.
    private static void done(Callable<KafkaFuture<Void>> asked) throws Exception {
        until(() -> {
            try {
                asked.call().get();
                return true;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof DuplicateVoterException
                        || e.getCause() instanceof VoterNotFoundException) {
                    return true;
                }
                throw e;
            }
        });
    }

    /// False while a voter has not yet told the leader what it supports, which it does by itself after a start.
    private static boolean upgraded(Admin admin, Map<String, FeatureUpdate> upgrade)
            throws Exception {
        try {
            admin.updateFeatures(upgrade, new UpdateFeaturesOptions()).all().get();
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InvalidUpdateVersionException) {
                return false;
            }
            throw e;
        }
    }

    private Uuid directory(int id) throws Exception {
        var meta = new Properties();
        try (var in = Files.newBufferedReader(folder.resolve("node" + id + "/meta.properties"))) {
            meta.load(in);
        }
        return Uuid.fromString(meta.getProperty("directory.id"));
    }

    @Test
    void oneBecomesThreeAndTwo() throws Exception {
        format(1, joining(1), "-t", "4L6g3nShT-eMCtK--X86sw", "--standalone");
        running.add(start(joining(1)));
        running.add(start(joining(2)));
        try (Admin admin = admin()) {
            assertEquals("4L6g3nShT-eMCtK--X86sw", admin.describeCluster().clusterId().get());
            assertEquals(Set.of(1), ids(voters(admin)));
            var endpoint = new RaftVoterEndpoint("CONTROLLER", "127.0.0.1", controllerPorts.get(2));
            done(() -> admin.addRaftVoter(2, directory(2), Set.of(endpoint)).all());
            until(() -> ids(voters(admin)).equals(Set.of(1, 2)));

            Map<String, String> third = joining(3);
            third.put("controller.quorum.auto.join.enable", "true");
            running.add(start(third));
            until(() -> ids(voters(admin)).equals(Set.of(1, 2, 3)));

            done(() -> admin.removeRaftVoter(2, directory(2)).all());
            until(() -> ids(voters(admin)).equals(Set.of(1, 3)));
            until(() -> admin.describeCluster().nodes().get().size() == 3);
            forgotten(admin);
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
        }
    }

    /// Node 2, which is no voter any more, for good once it has stopped; one that runs comes back by itself; never the active controller.
    private void forgotten(Admin admin) throws Exception {
        running.remove(1).stop();
        until(() -> isForgotten(admin, 2));
        assertFalse(isForgotten(admin, 2), "it was forgotten");

        int leader = admin.describeMetadataQuorum().quorumInfo().get().leaderId();
        int other = leader == 1 ? 3 : 1;
        until(() -> isForgotten(admin, other));
        until(() -> isForgotten(admin, other)); // which it is only when it has registered again
        var refused =
                assertThrows(
                        ExecutionException.class,
                        () -> admin.unregisterController(leader).all().get());
        assertInstanceOf(InvalidRequestException.class, refused.getCause());
    }

    /// False where there is none to forget.
    private static boolean isForgotten(Admin admin, int id) throws Exception {
        try {
            admin.unregisterController(id).all().get();
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ControllerIdNotRegisteredException) {
                return false;
            }
            throw e;
        }
    }

    @Test
    void fixedVotersMoveIntoTheLog() throws Exception {
        String voters =
                "1@127.0.0.1:%d,2@127.0.0.1:%d,3@127.0.0.1:%d"
                        .formatted(controllerPorts.values().toArray());
        var starts = new ArrayList<CompletableFuture<Broker>>();
        for (int id = 1; id <= 3; id++) {
            Map<String, String> settings = settings(id, "controller.quorum.voters", voters);
            starts.add(
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return start(settings);
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            },
                            task -> Thread.ofPlatform().start(task)));
        }
        for (var started : starts) {
            running.add(started.get());
        }
        try (Admin admin = admin()) {
            assertEquals(Uuid.ZERO_UUID, voters(admin).getFirst().replicaDirectoryId());
            var upgrade =
                    Map.of("kraft.version", new FeatureUpdate((short) 1, UpgradeType.UPGRADE));
            until(() -> upgraded(admin, upgrade));
            until(() -> !voters(admin).getFirst().replicaDirectoryId().equals(Uuid.ZERO_UUID));
            for (ReplicaState voter : voters(admin)) {
                assertEquals(directory(voter.replicaId()), voter.replicaDirectoryId());
            }
            assertNotEquals(directory(1), directory(2));
            done(() -> admin.removeRaftVoter(3, directory(3)).all());
            until(() -> ids(voters(admin)).equals(Set.of(1, 2)));
        }
    }
}
