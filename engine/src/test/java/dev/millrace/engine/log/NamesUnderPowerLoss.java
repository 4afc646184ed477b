package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.testing.HeapStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// One directory whose names, not bytes, a power loss may take: before each change, and at the end, everything is shown that could be found
/// then. Of the changes since the last sync any may be there, in their order: all such sets of them are tried.
final class NamesUnderPowerLoss implements Storage {
    /// Looks at what is found.
    interface Check {
        void found(HeapStorage directory) throws IOException;
    }

    private interface Change {
        void on(HeapStorage directory) throws IOException;
    }

    private final HeapStorage seen;
    private final Check check;
    private HeapStorage durable;
    private final List<Change> unsynced = new ArrayList<>();

    NamesUnderPowerLoss(HeapStorage directory, Check check) {
        this.seen = directory;
        this.check = check;
        this.durable = copy(directory);
    }

    private static HeapStorage copy(HeapStorage of) {
        var copy = new HeapStorage();
        of.files().forEach(name -> copy.put(name, of.bytes(name)));
        return copy;
    }

    /// Shows what the power may leave now.
    void lose() throws IOException {
        for (int kept = 0; kept < 1 << unsynced.size(); kept++) {
            HeapStorage found = copy(durable);
            for (int i = 0; i < unsynced.size(); i++) {
                if ((kept >> i & 1) != 0) {
                    unsynced.get(i).on(found);
                }
            }
            check.found(found);
        }
    }

    private void change(Change change) throws IOException {
        lose();
        change.on(seen);
        unsynced.add(change);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        change(directory -> {
            if (directory.exists(from)) { // it may have lost the name that it had before
                directory.rename(from, to);
            }
        });
    }

    @Override
    public void delete(String name) throws IOException {
        if (seen.exists(name)) {
            change(directory -> directory.delete(name));
        }
    }

    @Override
    public void syncDirectory() throws IOException {
        lose();
        durable = copy(seen);
        unsynced.clear();
    }

    @Override
    public List<String> files() {
        return seen.files();
    }

    @Override
    public boolean exists(String name) {
        return seen.exists(name);
    }

    @Override
    public StoredFile open(String name) throws IOException {
        if (!seen.exists(name)) {
            change(directory -> directory.put(name, new byte[0]));
        }
        return seen.open(name);
    }

    @Override
    public List<String> directories() {
        return List.of();
    }

    @Override
    public Storage directory(String name) {
        throw new UnsupportedOperationException("a log has files only");
    }

    @Override
    public void renameDirectory(String from, String to) {
        throw new UnsupportedOperationException("a log has files only");
    }

    @Override
    public void deleteDirectory(String name) {
        throw new UnsupportedOperationException("a log has files only");
    }

    @Override
    public long usableBytes() {
        return Long.MAX_VALUE;
    }
}
