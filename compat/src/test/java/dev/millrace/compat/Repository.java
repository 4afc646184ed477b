package dev.millrace.compat;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where things are in this repository.
final class Repository {
    static final Path ROOT = root();
    static final Path COMPAT = ROOT.resolve("compat");
    static final Path EXAMPLES = ROOT.resolve("examples");

    private Repository() {}

    private static Path root() {
        for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
            if (Files.exists(dir.resolve("mvnw"))) return dir;
        }
        throw new IllegalStateException(
                "these tests run inside the repository: no mvnw above the working directory");
    }
}
