package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What has to be synced so that everything below [#upTo()] survives a crash. Made under the log's turn, run outside of it, handed
/// back to [Log#flushed] under the turn. One plan of a log runs at a time.
///
/// The order is that of the data: sealed segments before the active one, so that no batch is durable before those in front of it
/// are; then the names (L7). A failure poisons the log (L5).
public final class FlushPlan {
    private final Durability durability;
    private final Storage directory;
    private final @Nullable Before before;
    private final List<StoredFile> files;
    private final List<Segment> sealed;
    private final boolean names;
    private final long upTo;
    private final int generation;
    private final @Nullable IOException failure;
    private boolean done;

    /// What the host has to make durable before a log's first flush counts.
    @FunctionalInterface
    public interface Before {
        void sync() throws IOException;
    }

    FlushPlan(
            Durability durability,
            Storage directory,
            @Nullable Before before,
            List<StoredFile> files,
            List<Segment> sealed,
            boolean names,
            long upTo,
            int generation,
            @Nullable IOException failure) {
        this.durability = durability;
        this.directory = directory;
        this.before = before;
        this.files = files;
        this.sealed = sealed;
        this.names = names;
        this.upTo = upTo;
        this.generation = generation;
        this.failure = failure;
    }

    /// The log end when the plan was made.
    public long upTo() {
        return upTo;
    }

    /// True when there is nothing to do.
    public boolean isEmpty() {
        return files.isEmpty() && !names;
    }

    /// Blocks until all is on disk. Any thread, holding no turn.
    ///
    /// @throws IOException when a sync failed, now or before: the log takes no more appends and flushes from now on
    public void run() throws IOException {
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        try {
            if (before != null && !isEmpty()) {
                before.sync();
            }
            for (StoredFile file : files) {
                file.sync();
            }
            if (names) {
                directory.syncDirectory();
            }
            done = true;
        } catch (IOException failed) {
            durability.poison(failed);
            throw failed;
        }
    }

    boolean done() {
        return done;
    }

    boolean names() {
        return names;
    }

    int generation() {
        return generation;
    }

    /// Segments of which all is synced when this is done. Not the one that was active: it may have grown since its file was synced, and
    /// have been sealed.
    List<Segment> sealed() {
        return sealed;
    }
}
