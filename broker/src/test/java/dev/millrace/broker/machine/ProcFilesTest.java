package dev.millrace.broker.machine;

import static dev.millrace.broker.machine.MachineFacts.UNLIMITED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ProcFilesTest {
    @TempDir private Path root;

    /// @param groups what `/proc/self/cgroup` says
    /// @param limits the limit files by their path
    record Case(String name, String groups, Map<String, String> limits, long bytes) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("no control groups", "", Map.of(), UNLIMITED),
                new Case("version 2", "0::/app\n", Map.of("app/memory.max", "1000\n"), 1_000),
                new Case(
                        "version 2 without a limit",
                        "0::/app\n",
                        Map.of("app/memory.max", "max\n"),
                        UNLIMITED),
                new Case(
                        "the outer group's limit",
                        "0::/a/b\n",
                        Map.of("a/memory.max", "500\n", "a/b/memory.max", "1000\n"),
                        500),
                new Case("a container's own view", "0::/\n", Map.of("memory.max", "700\n"), 700),
                new Case(
                        "a path of the outside",
                        "0::/../x/y\n",
                        Map.of("memory.max", "700\n"),
                        700),
                new Case(
                        "version 1",
                        "9:name=systemd:/\n4:memory:/app\n0::/\n",
                        Map.of(
                                "memory/app/memory.limit_in_bytes",
                                "900\n",
                                "memory/memory.limit_in_bytes",
                                "9223372036854771712\n"),
                        900),
                new Case(
                        "version 1 in a container",
                        "4:cpu,memory:/docker/1f\n",
                        Map.of("memory/memory.limit_in_bytes", "800\n"),
                        800));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void findsTheLeastLimitOfTheControlGroups(Case c) throws IOException {
        write("proc/self/cgroup", c.groups);
        for (var limit : c.limits.entrySet()) {
            write("cgroup/" + limit.getKey(), limit.getValue());
        }
        assertEquals(c.bytes, read().containerBytes());
    }

    @Test
    void readsLimitsAndMemory() throws IOException {
        write(
                "proc/self/limits",
                """
                Limit                     Soft Limit           Hard Limit           Units
                Max open files            1024                 524288               files
                """);
        write("proc/meminfo", "MemTotal:       2048 kB\nMemFree:        100 kB\n");
        MachineFacts facts = read();
        assertEquals(1_024, facts.openFiles());
        assertEquals(2_048 * 1_024, facts.memoryBytes());
    }

    @Test
    void whatIsUnlimitedOrUnreadableIsNoLimit() throws IOException {
        write(
                "proc/self/limits",
                "Max open files            unlimited            unlimited            files\n");
        MachineFacts facts = read();
        assertEquals(UNLIMITED, facts.openFiles());
        assertEquals(UNLIMITED, facts.memoryBytes());
    }

    @Test
    void aDirectoryThatIsNotThereIsLeftOut() {
        var facts = new ProcFiles(root, root).read(List.of(root, root.resolve("missing")));
        assertEquals(
                List.of(root), facts.disks().stream().map(MachineFacts.Disk::directory).toList());
    }

    private MachineFacts read() {
        return new ProcFiles(root.resolve("proc"), root.resolve("cgroup")).read(List.of());
    }

    private void write(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
