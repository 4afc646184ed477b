package dev.millrace.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Where the second side's JVM leaves its recordings, one a start, and what they say.
record Profiles(Path directory) {
    /// What makes a JVM record. CPU time samples know native and kernel time too, where the JDK has them (25, Linux).
    Map<String, String> environment() throws IOException {
        Files.createDirectories(directory);
        return Map.of(
                "JAVA_TOOL_OPTIONS",
                "-XX:StartFlightRecording:settings=profile,jdk.CPUTimeSample#enabled=true,dumponexit=true,filename="
                        + directory
                        + "/%p-%t.jfr");
    }

    /// Those that are there now, oldest first.
    List<Path> recordings() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".jfr")).sorted().toList();
        }
    }

    /// Prints those that are not among the ones from before.
    void printNew(List<Path> before) throws IOException {
        for (Path recording : recordings()) {
            if (!before.contains(recording)) {
                System.err.println("\nprofile: " + recording + " (also for jfr view or JMC)");
                System.err.print(RecordingSummary.read(recording).text());
            }
        }
    }
}
