package dev.millrace.broker.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.broker.machine.MachineFacts.Disk;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SelfTestTest {
    private static final long GB = 1L << 30;
    private static final Disk GOOD = new Disk(Path.of("/data"), "ext4", 100 * GB);

    /// @param problem how its sentence begins and what it advises; empty when all is well
    record Case(
            String name, MachineFacts facts, Map<String, String> settings, List<String> problem) {
        Case(String name, MachineFacts facts, Map<String, String> settings, String... problem) {
            this(name, facts, settings, List.of(problem));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("healthy", healthy(), Map.of()),
                new Case("nothing is known", unknown(), Map.of()),
                new Case("as many files as are usual", files(5_296), Map.of()),
                new Case(
                        "few files",
                        files(1_024),
                        Map.of(),
                        "This process may open 1024 files",
                        "ulimit -n 5296"),
                new Case("files for what was asked", files(14_296), connections(10_000)),
                new Case(
                        "more connections than files",
                        files(10_000),
                        connections(10_000),
                        "This process may open 10000 files",
                        "need 14296",
                        "lower max.connections"),
                new Case(
                        "two data directories",
                        files(5_296),
                        Map.of("log.dirs", "/a,/b"),
                        "This process may open 5296 files",
                        "need 9392"),
                new Case("memory for both", memory(768L << 20, MachineFacts.UNLIMITED), Map.of()),
                new Case(
                        "a small machine",
                        memory(700L << 20, MachineFacts.UNLIMITED),
                        Map.of(),
                        "The heap may grow to 512 MB and the buffers of requests to 256 MB, and this machine has 700 MB",
                        "MILLRACE_HEAP=333m"),
                new Case(
                        "a small container",
                        memory(64 * GB, 300L << 20),
                        Map.of(),
                        "The heap may grow to",
                        "this container has 300 MB",
                        "MILLRACE_HEAP=64m"),
                new Case(
                        "more for requests",
                        memory(GB, MachineFacts.UNLIMITED),
                        Map.of("queued.max.request.bytes", "1073741824"),
                        "The heap may grow to 512 MB and the buffers of requests to 1024 MB"),
                new Case(
                        "no clock",
                        at("1970-01-01T00:00:07Z"),
                        Map.of(),
                        "The clock shows 1970-01-01T00:00:07Z",
                        "set the clock"),
                new Case(
                        "in memory",
                        on("tmpfs", 100 * GB),
                        Map.of(),
                        "The data directory /data lies in memory (tmpfs)",
                        "--data DIR"),
                new Case(
                        "little memory is no disk",
                        on("tmpfs", 1),
                        Map.of(),
                        "The data directory /data lies in memory (tmpfs)"),
                new Case(
                        "in a container's layer",
                        on("overlay", 100 * GB),
                        Map.of(),
                        "The data directory /data lies in the container's own layer (overlay)",
                        "mount a volume"),
                new Case(
                        "over a network",
                        on("nfs4", 100 * GB),
                        Map.of(),
                        "The data directory /data lies on a network file system (nfs4)",
                        "local disk"),
                new Case(
                        "nearly full",
                        on("xfs", GB - 1),
                        Map.of(),
                        "The disk of the data directory /data has 1023 MB left",
                        "log.retention.bytes"),
                new Case("just enough left", on("xfs", GB), Map.of()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void saysWhatIsWrongAndWhatToDo(Case c) throws Exception {
        List<String> problems =
                SelfTest.problems(
                        c.facts, BrokerConfig.from(Settings.of(c.settings), new ArrayList<>()));

        assertEquals(c.problem.isEmpty() ? 0 : 1, problems.size(), problems.toString());
        for (String problem : problems) {
            assertTrue(problem.startsWith(c.problem.getFirst()), problem);
            for (String words : c.problem) {
                assertTrue(problem.contains(words), problem);
            }
        }
    }

    private static Map<String, String> connections(int most) {
        return Map.of("max.connections", "" + most);
    }

    private static MachineFacts healthy() {
        return new MachineFacts(
                1 << 20,
                16 * GB,
                MachineFacts.UNLIMITED,
                GB / 2,
                Instant.parse("2027-01-01T00:00:00Z").toEpochMilli(),
                List.of(GOOD));
    }

    private static MachineFacts unknown() {
        long any = MachineFacts.UNLIMITED;
        return new MachineFacts(
                any,
                any,
                any,
                GB / 2,
                healthy().wallMs(),
                List.of(new Disk(Path.of("/data"), "", any)));
    }

    private static MachineFacts files(long most) {
        var h = healthy();
        return new MachineFacts(
                most, h.memoryBytes(), h.containerBytes(), h.heapBytes(), h.wallMs(), h.disks());
    }

    private static MachineFacts memory(long machine, long container) {
        var h = healthy();
        return new MachineFacts(
                h.openFiles(), machine, container, h.heapBytes(), h.wallMs(), h.disks());
    }

    private static MachineFacts at(String time) {
        var h = healthy();
        return new MachineFacts(
                h.openFiles(),
                h.memoryBytes(),
                h.containerBytes(),
                h.heapBytes(),
                Instant.parse(time).toEpochMilli(),
                h.disks());
    }

    private static MachineFacts on(String type, long usable) {
        var h = healthy();
        return new MachineFacts(
                h.openFiles(),
                h.memoryBytes(),
                h.containerBytes(),
                h.heapBytes(),
                h.wallMs(),
                List.of(new Disk(Path.of("/data"), type, usable)));
    }
}
