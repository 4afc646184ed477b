package dev.millrace.simulator.disk;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/// A directory's names as programs see them, as they are on the platter, and the changes in between.
final class SimDirectory {
    /// The names and what they stand for.
    static final class Names {
        final Map<String, SimInode> files = new TreeMap<>();
        final Map<String, SimDirectory> directories = new TreeMap<>();

        void become(Names other) {
            files.clear();
            files.putAll(other.files);
            directories.clear();
            directories.putAll(other.directories);
        }
    }

    final Names seen = new Names();
    private final Names durable = new Names();
    private final List<Consumer<Names>> unsynced = new ArrayList<>();

    /// Changes names now, on the platter some time.
    void change(Consumer<Names> change) {
        change.accept(seen);
        unsynced.add(change);
    }

    void sync() {
        durable.become(seen);
        unsynced.clear();
    }

    /// What is left after the power went: some of the changes, a first few of them or any.
    SimDirectory afterCrash(Random random) {
        var after = new SimDirectory();
        after.seen.become(durable);
        boolean inOrder = random.nextBoolean();
        int kept = random.nextInt(unsynced.size() + 1);
        for (int i = 0; i < unsynced.size(); i++) {
            if (inOrder ? i < kept : random.nextBoolean()) {
                unsynced.get(i).accept(after.seen);
            }
        }
        after.seen.files.replaceAll((name, inode) -> inode.afterCrash(random));
        after.seen.directories.replaceAll((name, child) -> child.afterCrash(random));
        after.durable.become(after.seen);
        return after;
    }
}
