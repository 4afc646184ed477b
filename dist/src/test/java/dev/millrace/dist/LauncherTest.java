package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the script `millrace` of an unpacked distribution tells Java. In place of Java stands a script that prints its words; the
/// folders have blanks in their names.
final class LauncherTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final FileTime FORMERLY = FileTime.fromMillis(1_000_000_000_000L);
    private static final FileTime THEN = FileTime.fromMillis(1_100_000_000_000L);
    private static final FileTime LATER = FileTime.fromMillis(1_200_000_000_000L);

    @TempDir Path folder;

    private Path home;
    private Path library;
    private Path cache;

    @BeforeEach
    void unpack() throws IOException {
        home = Files.createDirectory(folder.resolve("an unpacked one"));
        Files.copy(ROOT.resolve("millrace"), home.resolve("millrace"));
        Files.createSymbolicLink(home.resolve("bin"), ROOT.resolve("bin"));
        Path lib = Files.createDirectory(home.resolve("lib"));
        library = Files.createFile(lib.resolve("millrace-engine.jar"));
        Files.setLastModifiedTime(library, FORMERLY);
        Files.setLastModifiedTime(lib, FORMERLY);
        cache = Files.createDirectory(home.resolve("cache")).resolve("cli.aot");

        Path bin = Files.createDirectories(folder.resolve("a jdk/bin"));
        Files.writeString(bin.resolve("java"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        Files.setPosixFilePermissions(
                bin.resolve("java"), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(bin.resolveSibling("release"), "JAVA_VERSION=\"25.0.3\"\n");
    }

    private void cacheOf(FileTime time) throws IOException {
        Files.createFile(cache);
        Files.setLastModifiedTime(cache, time);
    }

    /// The words that Java is started with.
    private List<String> run(Path script, String... words) throws Exception {
        var builder = new ProcessBuilder(script.toString());
        builder.command().addAll(List.of(words));
        builder.environment().put("MILLRACE_JAVA_HOME", folder.resolve("a jdk").toString());
        builder.environment().put("MILLRACE_OPTS", "-Done=1 -Dtwo=2");
        Process process = builder.redirectErrorStream(true).start();
        List<String> lines =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
        assertEquals(0, process.waitFor(), lines.toString());
        return lines;
    }

    private void checkTheRest(List<String> java, String... words) {
        assertTrue(java.containsAll(List.of("-Xmx256m", "-Done=1", "-Dtwo=2")), java.toString());
        int main = java.indexOf("dev.millrace.dist.Millrace");
        assertEquals(List.of("-cp", home.resolve("lib") + "/*"), java.subList(main - 2, main));
        assertEquals(List.of(words), java.subList(main + 1, java.size()));
    }

    @Test
    void theCacheIsTakenFromAFolderWithABlank() throws Exception {
        cacheOf(THEN);
        List<String> java = run(home.resolve("millrace"), "topic", "create", "a topic");
        assertTrue(java.contains("-XX:AOTCache=" + cache), java.toString());
        assertTrue(java.contains("-Xlog:aot=off"), java.toString());
        checkTheRest(java, "topic", "create", "a topic");
    }

    @Test
    void aLibraryThatIsYoungerThanTheCacheIsBelieved() throws Exception {
        cacheOf(THEN);
        Files.setLastModifiedTime(library, LATER);
        List<String> java = run(home.resolve("millrace"), "version");
        assertFalse(java.toString().contains("AOTCache"), java.toString());
        checkTheRest(java, "version");
    }

    @Test
    void itStartsWithoutACache() throws Exception {
        List<String> java = run(home.resolve("millrace"), "version");
        assertFalse(java.toString().contains("AOTCache"), java.toString());
        checkTheRest(java, "version");
    }

    /// Through the link, the tools belong to the source tree: they are copied.
    @Test
    void aToolOfKafkasFindsItsLauncher() throws Exception {
        cacheOf(THEN);
        Files.delete(home.resolve("bin"));
        Files.createDirectory(home.resolve("bin"));
        for (String script : List.of("bin/find-java.sh", "bin/kafka-topics.sh")) {
            Files.copy(ROOT.resolve(script), home.resolve(script));
        }
        List<String> java = run(home.resolve("bin/kafka-topics.sh"), "--list");
        int main = java.indexOf("dev.millrace.dist.Millrace");
        assertEquals(
                List.of("tool", "kafka-topics", "--list"), java.subList(main + 1, java.size()));
        assertTrue(
                java.stream().anyMatch(word -> word.startsWith("-XX:AOTCache=")), java.toString());
    }
}
