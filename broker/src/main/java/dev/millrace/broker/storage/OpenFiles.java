package dev.millrace.broker.storage;

import java.util.ArrayDeque;

/// Bounds how many files are open at a time. At the bound, the one that was opened longest ago, is not in use and has nothing
/// unsynced is closed; it opens again by itself when it is next touched. When all are in use the bound is passed.
final class OpenFiles {
    private final int limit;
    private final ArrayDeque<DiskFile> opened = new ArrayDeque<>();

    OpenFiles(int limit) {
        this.limit = limit;
    }

    /// Holds no lock of a file while it waits for ours; [DiskFile#tryEvict()] never waits.
    void opened(DiskFile file) {
        synchronized (opened) {
            opened.addLast(file);
            for (int tries = opened.size(); opened.size() > limit && tries > 0; tries--) {
                DiskFile oldest = opened.removeFirst();
                if (oldest == file || !oldest.tryEvict()) {
                    opened.addLast(oldest);
                }
            }
        }
    }

    void closed(DiskFile file) {
        synchronized (opened) {
            opened.remove(file);
        }
    }
}
