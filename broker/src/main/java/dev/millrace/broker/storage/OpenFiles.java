package dev.millrace.broker.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// Bounds how many files are open at a time, whatever the number of partitions. At the bound, those that were opened longest ago
/// and are not in use are closed, after a sync where they have unsynced bytes; they open again by themselves when they are next
/// touched. Only while more than the bound are in use at one moment is it passed.
final class OpenFiles {
    /// Well below what systems grant a process, beside its sockets.
    private static final int MOST = 4096;

    private static final Path LIMITS = Path.of("/proc/self/limits");

    /// Those looked at when one is opened beyond the bound: one that is in use is not waited for.
    private static final int TRIES = 4;

    private final int limit;

    /// In the order in which they were opened.
    private final LinkedHashSet<DiskFile> opened = new LinkedHashSet<>();

    OpenFiles(int limit) {
        this.limit = limit;
    }

    /// As many as leave half of what the system grants to sockets.
    static OpenFiles ofThisProcess() {
        return new OpenFiles(Math.clamp(granted() / 2, 1, MOST));
    }

    private static long granted() {
        try {
            for (String line : Files.readAllLines(LIMITS)) {
                if (line.startsWith("Max open files")) {
                    String soft = line.strip().split(" {2,}", -1)[1];
                    return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
                }
            }
        } catch (IOException | NumberFormatException notLinux) {
            // The JVM has raised the limit to what is allowed, which is more than we want.
        }
        return Long.MAX_VALUE;
    }

    void opened(DiskFile file) {
        for (DiskFile old : addAndTakeOldest(file)) {
            if (!old.tryEvict()) {
                add(old);
            }
        }
    }

    /// What is beyond the bound, taken off the list: closing may take a sync, for which nobody else has to wait.
    private synchronized List<DiskFile> addAndTakeOldest(DiskFile file) {
        var oldest = new ArrayList<DiskFile>(0);
        var inOrder = opened.iterator();
        for (int i = 0; i < TRIES && opened.size() >= limit && inOrder.hasNext(); i++) {
            oldest.add(inOrder.next());
            inOrder.remove();
        }
        opened.add(file);
        return oldest;
    }

    private synchronized void add(DiskFile file) {
        if (!file.isClosed()) {
            opened.add(file);
        }
    }

    synchronized void closed(DiskFile file) {
        opened.remove(file);
    }
}
