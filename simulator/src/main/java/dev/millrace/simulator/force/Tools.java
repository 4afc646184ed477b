package dev.millrace.simulator.force;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the system lets us do to a process: what is not there is said, not passed over in silence.
final class Tools {
    static final int DISK_MB = 192;

    private static final List<Path> LIBRARIES =
            List.of(Path.of("/usr/lib"), Path.of("/usr/local/lib"), Path.of("/usr/lib64"));

    private final Path root;
    private final @Nullable Path faketime;
    private boolean mounts = true;

    /// @param root of the repository, or of an unpacked distribution
    Tools(Path root) throws IOException {
        this.root = root;
        this.faketime = faketime();
    }

    Path launcher() {
        return root.resolve("millrace");
    }

    boolean hasClocks() {
        return faketime != null;
    }

    private static @Nullable Path faketime() throws IOException {
        String given = System.getProperty("torture.faketime", "");
        if (!given.isEmpty()) {
            return Path.of(given);
        }
        for (Path library : LIBRARIES) {
            if (!Files.isDirectory(library)) {
                continue;
            }
            try (Stream<Path> found =
                    Files.find(
                            library,
                            3,
                            (path, _) -> path.endsWith(Path.of("faketime/libfaketime.so.1")))) {
                Path first = found.findFirst().orElse(null);
                if (first != null) {
                    return first;
                }
            }
        }
        return null;
    }

    /// Lets a process read its wall clock from a file.
    void clock(Map<String, String> environment, Path file) {
        if (faketime != null) {
            environment.put("LD_PRELOAD", faketime.toString());
            environment.put("FAKETIME_TIMESTAMP_FILE", file.toString());
            environment.put("FAKETIME_CACHE_DURATION", "1");
            environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
    }

    /// @return false where mounting is not allowed
    boolean mountSmallDisk(Path at) throws IOException, InterruptedException {
        mounts =
                mounts
                        && run(
                                "mount",
                                "-t",
                                "tmpfs",
                                "-o",
                                "size=" + DISK_MB + "m",
                                "tmpfs",
                                at.toString());
        return mounts;
    }

    static boolean run(String... words) throws IOException, InterruptedException {
        return new ProcessBuilder(words)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }
}
