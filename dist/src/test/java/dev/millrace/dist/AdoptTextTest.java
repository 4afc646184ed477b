package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.adopt.AdoptReport;
import dev.millrace.broker.adopt.AdoptRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The start command that `millrace adopt` prints starts on what it has made.
final class AdoptTextTest {
    private static final AdoptReport REPORT =
            new AdoptReport("a cluster", 1, "4.4-IV0", 1, 4, 10, 1_000, 0, 0, List.of());

    @TempDir private Path folder;

    @Test
    void theDirectoryOfTheMetadataLogIsNamedWhereThereAreSeveral() throws Exception {
        Path first = Files.createDirectories(folder.resolve("first"));
        Path last = folder.resolve("last");
        Files.createDirectories(last.resolve("__cluster_metadata-0"));
        var request =
                new AdoptRequest(
                        List.of(Path.of("/a"), Path.of("/b")),
                        List.of(first, last),
                        false,
                        Set.of());
        String command =
                "./millrace up --set log.dirs=%s,%s --set metadata.log.dir=%2$s\n"
                        .formatted(first, last);

        String whole = AdoptText.of(request, REPORT);
        String resumed = AdoptText.finished(request);

        assertTrue(whole.contains(command), whole);
        assertTrue(resumed.contains(command), resumed);
    }

    @Test
    void oneDirectoryNeedsNoMore() {
        var request =
                new AdoptRequest(List.of(Path.of("/a")), List.of(Path.of("/c")), false, Set.of());
        String text = AdoptText.of(request, REPORT);
        assertTrue(text.contains("./millrace up --data /c\n"), text);
    }
}
