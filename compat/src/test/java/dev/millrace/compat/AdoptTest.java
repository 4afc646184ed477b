package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Apache Kafka writes, is stopped or killed, and is adopted: Millrace serves what Kafka served, Kafka still starts from the original,
/// and Kafka's own tool reads what Millrace has written since.
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "starts brokers of its own")
@Execution(ExecutionMode.CONCURRENT)
class AdoptTest {
    private static final Map<String, String> SETTINGS =
            Map.of(
                    "log.cleaner.backoff.ms",
                    "200",
                    "log.segment.delete.delay.ms",
                    "200",
                    "transaction.abort.timed.out.transaction.cleanup.interval.ms",
                    "1000");

    @TempDir private Path temp;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everythingIsServedAndTheOriginalIsAsItWas(boolean clean) throws Exception {
        Broker kafka =
                Broker.start(
                        "adopted",
                        // A killed Kafka forgets a log's start that it has not written down: by
                        // default every minute.
                        with(
                                "log.initial.task.delay.ms",
                                "100",
                                "log.flush.start.offset.checkpoint.interval.ms",
                                "100"),
                        List.of(Repository.COMPAT.resolve("kafka-broker").toString()));
        var history = new AdoptedHistory();
        history.write(kafka.bootstrap());
        Map<String, List<String>> before = history.look(kafka.bootstrap());
        if (clean) {
            kafka.stop();
        } else {
            kafka.kill();
        }
        Map<String, Long> files = checksums(kafka.data());
        Path data = temp.resolve("data");

        Command.Result adopted = adopt(kafka.data(), data).run().succeeded();

        assertTrue(adopted.out().contains("every checksum compared"), adopted.toString());
        assertEquals(files, checksums(kafka.data()), "the original");
        try (Broker millrace =
                Broker.start(
                        "adopting",
                        with("log.dirs", data.toString()),
                        List.of(
                                Repository.ROOT.resolve("millrace").toString(),
                                "up",
                                "--config"))) {
            Map<String, List<String>> after = history.look(millrace.bootstrap());
            before.forEach((what, lines) -> assertEquals(lines, after.get(what), what));
            assertEquals(before.keySet(), after.keySet());
            history.goOn(millrace.bootstrap());
            millrace.stop();
            if (clean) {
                kafkaReads(data);
            }
        }
        try (kafka) {
            kafka.start();
            assertEquals(before.get("records"), history.look(kafka.bootstrap()).get("records"));
        }
    }

    @Test
    void isRefusedWithReasons() throws Exception {
        Broker kafka =
                Broker.start(
                        "refused",
                        with(
                                "authorizer.class.name",
                                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                                "super.users",
                                "User:ANONYMOUS"),
                        List.of(Repository.COMPAT.resolve("kafka-broker").toString()));
        try (kafka) {
            AdoptedHistory.few(kafka.bootstrap());
            Path data = temp.resolve("data");
            refused(adopt(kafka.data(), data), data, "(its .lock is held): stop it first");
            kafka.stop();
            refused(adopt(kafka.data(), data), data, "1 access control entry (User:alice)");
            Command withoutAcls =
                    adopt(kafka.data(), temp.resolve("without")).with("--leave-out", "acls");
            withoutAcls.run().succeeded();
            damage(kafka.data().resolve("few-0/00000000000000000000.log"));
            refused(
                    adopt(kafka.data(), data).with("--leave-out", "acls"),
                    data,
                    "few-0/00000000000000000000.log: what stands at byte ");
        }
    }

    private static void refused(Command adoption, Path data, String reason) {
        Command.Result refused = adoption.run();
        assertEquals(1, refused.exit(), refused.toString());
        assertTrue(refused.err().contains(reason), refused.toString());
        assertFalse(Files.exists(data.resolve("few-0")), "nothing is left");
    }

    private static Command adopt(Path from, Path to) {
        return Command.of(
                Repository.ROOT.resolve("millrace").toString(),
                "adopt",
                from.toString(),
                "--data",
                to.toString());
    }

    private static Map<String, String> with(String... more) {
        var settings = new TreeMap<>(SETTINGS);
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return settings;
    }

    private static void damage(Path log) throws IOException {
        byte[] bytes = Files.readAllBytes(log);
        bytes[70] ^= 1;
        Files.write(log, bytes);
    }

    private static void kafkaReads(Path data) throws IOException {
        dump(data, "codecs-", ".log", "--print-data-log", "--deep-iteration");
        dump(data, "codecs-", ".index", "--index-sanity-check");
        dump(data, "codecs-", ".timeindex");
        dump(data, "committed-", ".txnindex");
        dump(data, "committed-", ".snapshot");
        dump(data, "__consumer_offsets-", ".log", "--offsets-decoder");
        dump(data, "__transaction_state-", ".log", "--transaction-log-decoder");
        dump(data, "__cluster_metadata-", ".log", "--cluster-metadata-decoder");
        dump(data, "__cluster_metadata-", ".checkpoint", "--cluster-metadata-decoder");
    }

    private static void dump(Path data, String folder, String suffix, String... words)
            throws IOException {
        List<String> files;
        try (Stream<Path> all = Files.walk(data)) {
            files =
                    all.filter(file ->
                                    file.toString().contains("/" + folder)
                                            && file.toString().endsWith(suffix))
                            .map(Path::toString)
                            .toList();
        }
        assertFalse(files.isEmpty(), "no " + suffix + " in " + folder);
        Command.Result said =
                KafkaTool.named("kafka-dump-log")
                        .with("--files", String.join(",", files))
                        .with(words)
                        .run()
                        .succeeded();
        assertTrue(said.out().contains("Dumping "), said.toString());
        for (String complaint :
                List.of("Mismatches", "Exception", "isvalid: false", "Could not", "corrupt")) {
            assertFalse(said.toString().contains(complaint), said.toString());
        }
    }

    private static Map<String, Long> checksums(Path root) throws IOException {
        var sums = new TreeMap<String, Long>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.toList()) {
                var crc = new CRC32C();
                if (Files.isRegularFile(file)) {
                    crc.update(Files.readAllBytes(file));
                }
                sums.put(root.relativize(file).toString(), crc.getValue());
            }
        }
        return sums;
    }
}
