package dev.millrace.broker.adopt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.Broker;
import dev.millrace.broker.DataDirectory;
import dev.millrace.broker.FreePort;
import dev.millrace.broker.StartFailed;
import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.broker.storage.DirectoryInUse;
import dev.millrace.broker.storage.DiskStorage;
import dev.millrace.engine.log.LogCheckpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Adoption of a node with two directories, as Kafka's clean stop leaves them: made by a broker of ours, without the files that only we
/// write. Of ten records in each partition the first three were deleted; the metadata log is in the second of the directories.
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class SeveralDirectoriesTest {
    private static final int PARTITIONS = 4;
    private static final long RECORDS = 10;
    private static final long DELETED = 3;

    @TempDir static Path made;
    @TempDir Path folder;

    private Path other = Path.of("");
    private Path home = Path.of("");

    @BeforeAll
    static void live() throws Exception {
        Broker broker = start(made.resolve("home") + "," + made.resolve("other"), Map.of());
        try (Admin admin = admin(broker)) {
            admin.createTopics(List.of(new NewTopic("t", PARTITIONS, (short) 1))).all().get();
            Map<String, Object> settings = Map.of("bootstrap.servers", address(broker));
            try (var producer =
                    new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
                for (int i = 0; i < PARTITIONS * RECORDS; i++) {
                    producer.send(new ProducerRecord<>("t", i % PARTITIONS, "k", "v" + i)).get();
                }
            }
            admin.deleteRecords(
                            partitions().stream()
                                    .collect(
                                            Collectors.toMap(
                                                    name -> name,
                                                    _ -> RecordsToDelete.beforeOffset(DELETED))))
                    .all()
                    .get();
        } finally {
            broker.stop();
        }
        for (String name : List.of("home", "other")) {
            Files.delete(made.resolve(name).resolve(".lock"));
            for (String file : DiskStorage.open(made.resolve(name)).files()) {
                if (file.startsWith("millrace-")) {
                    Files.delete(made.resolve(name).resolve(file));
                }
            }
        }
    }

    @BeforeEach
    void copy() throws IOException {
        other = folder.resolve("other");
        home = folder.resolve("home");
        try (Stream<Path> all = Files.walk(made)) {
            for (Path each : all.filter(path -> !path.equals(made)).toList()) {
                Files.copy(each, folder.resolve(made.relativize(each).toString()));
            }
        }
        assertFalse(partitionsIn(other).isEmpty());
        assertFalse(partitionsIn(home).isEmpty());
    }

    private static Broker start(String logDirs, Map<String, String> more) throws Exception {
        var given = new TreeMap<String, String>();
        given.put("listeners", "PLAINTEXT://localhost:0");
        given.put("log.dirs", logDirs);
        given.putAll(more);
        return Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), false);
    }

    private static String address(Broker broker) throws IOException {
        return "localhost:" + broker.addresses().getFirst().getPort();
    }

    private static Admin admin(Broker broker) throws IOException {
        return Admin.create(Map.of("bootstrap.servers", address(broker)));
    }

    private static List<TopicPartition> partitions() {
        return IntStream.range(0, PARTITIONS).mapToObj(i -> new TopicPartition("t", i)).toList();
    }

    private static List<TopicPartition> partitionsIn(Path directory) {
        return partitions().stream()
                .filter(name -> Files.isDirectory(directory.resolve(name.toString())))
                .toList();
    }

    private AdoptRequest request(boolean move, String... to) {
        return new AdoptRequest(
                List.of(other, home), Stream.of(to).map(folder::resolve).toList(), move, Set.of());
    }

    private static Map<TopicPartition, Long> starts(Broker broker) throws Exception {
        try (Admin admin = admin(broker)) {
            var asked = new TreeMap<TopicPartition, OffsetSpec>(AdoptPlan.BY_NAME);
            partitions().forEach(name -> asked.put(name, OffsetSpec.earliest()));
            var starts = new TreeMap<TopicPartition, Long>(AdoptPlan.BY_NAME);
            for (Map.Entry<TopicPartition, ListOffsetsResultInfo> each :
                    admin.listOffsets(asked).all().get().entrySet()) {
                starts.put(each.getKey(), each.getValue().offset());
            }
            return starts;
        }
    }

    private static Map<TopicPartition, Long> everywhere(long offset) {
        var all = new TreeMap<TopicPartition, Long>(AdoptPlan.BY_NAME);
        partitions().forEach(name -> all.put(name, offset));
        return all;
    }

    @Test
    void theMetadataLogIsWhereTheRequestSaysAndNowhereElse() throws Exception {
        AdoptRequest request = request(false, "new-other", "new-home");
        assertNotNull(Adopt.run(request, (_, _, _) -> {}));
        assertEquals(folder.resolve("new-home"), request.home());

        String logDirs = folder.resolve("new-other") + "," + folder.resolve("new-home");
        assertThrows(StartFailed.class, () -> start(logDirs, Map.of()));
        Broker broker = start(logDirs, Map.of("metadata.log.dir", request.home().toString()));
        try {
            assertEquals(everywhere(DELETED), starts(broker));
        } finally {
            broker.stop();
        }
    }

    @Test
    void noKafkaStartsMeanwhileThoughItsLockIsGone() throws Exception {
        var tries = new ArrayList<Path>();
        Adopt.run(
                request(false, "new"),
                (_, _, _) -> {
                    for (Path each : List.of(other, home)) {
                        assertThrows(
                                DirectoryInUse.class, () -> DiskStorage.open(each).lock().close());
                        tries.add(each);
                    }
                });
        assertFalse(tries.isEmpty());
        assertFalse(Files.exists(other.resolve(".lock")), "it is as it was");
        assertFalse(Files.exists(home.resolve(".lock")), "it is as it was");
    }

    @Test
    void whatAKafkaHasChangedMeanwhileIsNotAdopted() throws Exception {
        List<Runnable> changes =
                List.of(
                        () -> delete(home.resolve(LogCheckpoints.CLEAN_SHUTDOWN)),
                        () ->
                                append(
                                        home.resolve(
                                                "__cluster_metadata-0/00000000000000000000.log")));
        for (Runnable change : changes) {
            var refused =
                    assertThrows(
                            AdoptRefused.class,
                            () -> Adopt.run(request(false, "new"), once(change)));
            assertEquals(
                    List.of(
                            "A broker has run on "
                                    + home
                                    + " meanwhile: stop it, and adopt again."),
                    refused.reasons());
            assertEquals(List.of(), partitionsIn(folder.resolve("new")), "nothing is left");
        }
        assertNotNull(Adopt.run(request(false, "new"), (_, _, _) -> {}));
    }

    private static AdoptProgress once(Runnable work) {
        var left = new ArrayList<>(List.of(work));
        return (_, _, _) -> {
            if (!left.isEmpty()) {
                left.removeFirst().run();
            }
        };
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void append(Path file) {
        try {
            Files.write(file, new byte[] {0}, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Both checkpoints count, whichever directory comes first.
    @Test
    void aMoveThatWasCutShortKeepsTheCheckpointsOfEveryDirectory() throws Exception {
        Path target = Files.createDirectories(folder.resolve("new"));
        Files.writeString(target.resolve("millrace-adopting"), "moving\n");
        for (Path source : List.of(other, home)) {
            Files.move(source.resolve(KafkaDirectory.META), source.resolve(DataDirectory.ADOPTED));
            for (TopicPartition name : partitionsIn(source)) {
                Files.move(source.resolve(name.toString()), target.resolve(name.toString()));
            }
        }
        assertNotNull(Adopt.run(request(true, "new"), (_, _, _) -> {}));

        DiskStorage adopted = DiskStorage.open(target);
        assertEquals(everywhere(DELETED), LogCheckpoints.read(adopted, LogCheckpoints.LOG_STARTS));
        assertEquals(
                everywhere(RECORDS), LogCheckpoints.read(adopted, LogCheckpoints.RECOVERY_POINTS));
        assertEquals(
                everywhere(RECORDS), LogCheckpoints.read(adopted, LogCheckpoints.HIGH_WATERMARKS));
    }

    @Test
    void theRoomOfADiskIsThereOnce() throws Exception {
        long most = Files.getFileStore(folder).getUsableSpace() / 10 * 6;
        var checks = new TargetChecks(request(false, "new-other", "new-home"), List.of());
        var reasons = new ArrayList<String>();
        checks.reasons(new long[] {most, 0}, reasons);
        assertEquals(List.of(), reasons);
        checks.reasons(new long[] {most, most}, reasons);
        assertEquals(1, reasons.size(), reasons.toString());
        assertTrue(reasons.getFirst().contains("choose another disk"), reasons.getFirst());
    }

    /// The adopted log names it as `localhost:9093`; as leader it puts that right.
    @Test
    void theOnlyVoterIsFoundWhereItListens() throws Exception {
        Adopt.run(request(false, "new"), (_, _, _) -> {});
        int port = FreePort.find();
        Broker broker =
                start(
                        folder.resolve("new").toString(),
                        Map.of(
                                "process.roles",
                                "broker,controller",
                                "node.id",
                                "1",
                                "listeners",
                                "PLAINTEXT://localhost:0,CONTROLLER://127.0.0.1:" + port,
                                "controller.listener.names",
                                "CONTROLLER"));
        try (Admin admin = admin(broker)) {
            var nodes = admin.describeMetadataQuorum().quorumInfo().get().nodes();
            assertEquals(
                    List.of(new RaftVoterEndpoint("CONTROLLER", "127.0.0.1", port)),
                    nodes.values().stream().flatMap(node -> node.endpoints().stream()).toList());
        } finally {
            broker.stop();
        }
    }
}
