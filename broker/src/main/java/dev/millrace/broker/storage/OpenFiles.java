package dev.millrace.broker.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// Bounds how many files are open at a time, whatever the number of partitions. Beyond the first bound, those that were opened
/// longest ago, are not in use and have nothing unsynced are closed; beyond the second, which the system's own is not far from,
/// they are synced for that. They open again by themselves when they are next touched. Only while more are in use at one moment
/// is a bound passed.
class OpenFiles {
    /// What is worth keeping open.
    static final int ENOUGH = 4096;

    private static final Path LIMITS = Path.of("/proc/self/limits");

    /// Those looked at when one is opened beyond the bound: one that is in use is not waited for.
    private static final int TRIES = 4;

    /// What the system grants, it grants to all directories of the process together.
    private static final OpenFiles OF_THIS_PROCESS = ofThisProcess(granted() / 2);

    private final int enough;
    private final int most;

    /// In the order in which they were opened.
    private final LinkedHashSet<DiskFile> opened = new LinkedHashSet<>();

    OpenFiles(int enough, int most) {
        this.enough = enough;
        this.most = most;
    }

    /// One for all directories; half of what the system grants is left to sockets.
    static OpenFiles ofThisProcess() {
        return OF_THIS_PROCESS;
    }

    private static OpenFiles ofThisProcess(long half) {
        int most = Math.clamp(half, 1, Integer.MAX_VALUE);
        return new OpenFiles(Math.min(ENOUGH, most), most);
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
            boolean closed = size() < most ? old.tryEvict() : old.syncAndEvict();
            if (!closed) {
                add(old);
            }
        }
    }

    private synchronized int size() {
        return opened.size();
    }

    /// Some of what is beyond the bound, taken off the list: closing may take a sync, for which nobody else has to wait.
    private synchronized List<DiskFile> addAndTakeOldest(DiskFile file) {
        var oldest = new ArrayList<DiskFile>(0);
        var inOrder = opened.iterator();
        for (int i = 0; i < TRIES && opened.size() >= enough && inOrder.hasNext(); i++) {
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
