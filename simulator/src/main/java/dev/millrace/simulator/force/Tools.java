package dev.millrace.simulator.force;

import java.io.IOException;
import java.nio.file.Path;

/// What the system lends us: the launcher of the distribution, small disks where mounting is allowed, signals.
final class Tools {
    static final int DISK_MB = 192;

    private final Path root;
    private boolean mounts = true;

    /// @param root of the repository, or of an unpacked distribution
    Tools(Path root) {
        this.root = root;
    }

    Path launcher() {
        return root.resolve("millrace");
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

    boolean mounts() {
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
