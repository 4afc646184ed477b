package dev.millrace.engine.replica;

import dev.millrace.engine.env.Workers;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// The logs that one step of the metadata brings here: each gets its place, and those that have to be checked are opened together,
/// as many at a time as the host has threads for.
///
/// ```
///   added --> whose is the folder? on any thread --> placed --rests, or has no folder------> taken: opened when it is first touched
///                                                      |-----its folder is gone----------> taken: lost, or begun anew where others have its records
///                                                      |-----its directory is not here---> an error, or begun anew
///                                                      `-----has to be checked, on any thread --> taken: open, or the error that it met
/// ```
/// One log's files are no other's, and what an opening changes are those files alone: in whatever order they are opened, a crash
/// leaves each of them as a crash leaves one that is opened alone.
///
/// **Bound.** The partitions of the step. **Owner.** `Replicas`, in its turn.
final class Openings {
    /// One partition's.
    static final class Opening {
        private final @Nullable Place place;
        private @Nullable LazyLog log;
        private @Nullable IOException failure;

        private Opening(@Nullable Place place) {
            this.place = place;
        }

        Place place() {
            return Objects.requireNonNull(place);
        }

        LazyLog log() {
            return Objects.requireNonNull(log);
        }
    }

    private record Wanted(TopicPartition name, Uuid topicId, Uuid assigned, LogSettings settings) {}

    private final LogDirectories directories;
    private final Workers workers;
    private final List<Wanted> wanted = new ArrayList<>();
    private final Map<TopicPartition, Opening> openings = new HashMap<>();
    private final List<Runnable> toCheck = new ArrayList<>();

    /// Their records are on other brokers, too.
    private final Set<TopicPartition> elsewhere = new HashSet<>();

    Openings(LogDirectories directories, Workers workers) {
        this.directories = directories;
        this.workers = workers;
    }

    /// @param assigned the directory that the quorum wants it in
    void add(TopicPartition name, Uuid topicId, Uuid assigned, LogSettings settings) {
        wanted.add(new Wanted(name, topicId, assigned, settings));
    }

    /// Opens what has to be checked; returns when all that can be opened is open.
    void open() {
        var looks = new ArrayList<Runnable>();
        wanted.forEach(each -> directories.places().addLooks(each.name, each.topicId, looks));
        together("look at folders", looks);
        wanted.forEach(each -> locate(each.name, each.topicId, each.assigned, each.settings));
        directories.places().forgetDisowned();
        together("open logs", toCheck);
    }

    private void together(String what, List<Runnable> pieces) {
        if (!pieces.isEmpty()) {
            workers.together(what, pieces);
        }
    }

    private void locate(TopicPartition name, Uuid topicId, Uuid assigned, LogSettings settings) {
        Opening opening;
        try {
            Place found = directories.places().place(name, topicId, assigned);
            boolean mayBeginAnew = elsewhere.contains(name);
            if (!mayBeginAnew) {
                directories.places().checkHere(found, assigned);
            }
            boolean anew = found.missed() != null && mayBeginAnew;
            Place place = anew ? directories.places().anew(found) : found;
            opening = new Opening(place);
            LogRest missed = place.missed();
            OpenMode mode = missed == null ? directories.toCheck(place) : null;
            if (missed != null) {
                opening.log = directories.missed(place, missed, settings);
            } else if (mode == null) {
                opening.log = directories.unread(place, settings);
            } else {
                toCheck.add(() -> openNow(opening, place, settings, mode));
            }
        } catch (IOException e) {
            openings.put(name, failed(e));
            return;
        }
        openings.put(name, opening);
    }

    /// Other replicas of that partition are in sync: where nothing of it is left here, it begins anew and gets everything from them.
    void isElsewhere(TopicPartition name) {
        elsewhere.add(name);
    }

    private static Opening failed(IOException e) {
        var failed = new Opening(null);
        failed.failure = e;
        return failed;
    }

    private void openNow(Opening opening, Place place, LogSettings settings, OpenMode mode) {
        try {
            boolean mayBeginAnew = elsewhere.contains(place.name());
            opening.log =
                    directories.checked(place, settings, mayBeginAnew ? mode.withHeld(0) : mode);
        } catch (IOException e) {
            opening.failure = e;
        }
    }

    /// @throws IOException why there is none
    Opening take(TopicPartition name) throws IOException {
        Opening opening =
                Objects.requireNonNull(openings.remove(name), "asked for once, and added before");
        IOException failure = opening.failure;
        Place place = opening.place;
        if (failure == null) {
            directories.opened(opening.place());
            return opening;
        }
        if (place != null) {
            directories.keep(place);
        }
        throw new IOException(failure.getMessage(), failure);
    }
}
