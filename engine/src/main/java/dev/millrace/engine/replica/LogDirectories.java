package dev.millrace.engine.replica;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.LostLog;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.metadata.CordonedDirectories;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the partitions' logs lie: which directory holds which, and what is known of each from the last run.
///
/// A topic's deletion survives a crash at any step: the folder is renamed to `<name>.<random>-delete` before anything in it is
/// removed, and folders so named are removed at the next start. A folder whose `partition.metadata` names another topic id
/// belongs to an earlier topic of the same name, and is put aside as `<name>.<random>-stray` (R13).
///
/// What was never written to has no folder, and what a clean stop has left is not looked at before it is needed: a start costs
/// what has changed.
///
/// **Owner.** `Replicas`, in its turn; `checkpoint` runs on workers and touches only the disk.
public final class LogDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(LogDirectories.class);

    private final List<FoundDirectory> found = new ArrayList<>();
    private final Places places;
    private @Nullable Uuid withMetadata;

    /// Configured, and not among those that were found.
    private volatile List<String> missing = List.of();

    /// What a clean stop will say; written before it, and read by the one that stops.
    private volatile long stopsAs = -1;

    private final Env env;

    /// What `cordoned.log.dirs` is now.
    private volatile Supplier<String> cordoned = () -> "";

    /// Looks at the directories, and takes their marks of a clean stop away.
    ///
    /// @param reserveBytes of each disk that producers do not get (`millrace.disk.reserve.bytes`)
    /// @throws IOException when one cannot be read
    public LogDirectories(List<LogDirectory> directories, long reserveBytes, Env env)
            throws IOException {
        this.env = env;
        for (LogDirectory directory : directories) {
            var reserve = new DiskReserve(directory, reserveBytes, env);
            found.add(FoundDirectory.look(directory, reserve));
        }
        this.places = new Places(found, this::isCordoned, env.entropy());
    }

    /// Where the logs lie, and are to lie.
    Places places() {
        return places;
    }

    /// Of the disk on which that place is.
    DiskReserve reserve(Place place) {
        return reserve(place.directory());
    }

    DiskReserve reserve(LogDirectory directory) {
        return of(directory).reserve();
    }

    /// The node cannot do without that one, for it holds the metadata log.
    public void withMetadata(Uuid id) {
        withMetadata = id;
    }

    /// Directories of those paths are configured and cannot be used in this run.
    public void goWithout(List<String> paths) {
        missing = List.copyOf(paths);
    }

    /// See [#goWithout]; any thread.
    List<String> missing() {
        return missing;
    }

    /// @param now what `cordoned.log.dirs` is whenever it is asked; any thread
    public void cordonedBy(Supplier<String> now) {
        cordoned = now;
    }

    /// Takes no new partition; any thread.
    boolean isCordoned(LogDirectory directory) {
        return cordonedPaths().contains(directory.path());
    }

    /// Of the directories that take no new partition; any thread.
    public List<Uuid> cordoned() {
        Set<String> paths = cordonedPaths();
        return paths.isEmpty()
                ? List.of()
                : all().stream()
                        .filter(each -> paths.contains(each.path()))
                        .map(LogDirectory::id)
                        .toList();
    }

    private Set<String> cordonedPaths() {
        String value = cordoned.get();
        return value.isEmpty() ? Set.of() : CordonedDirectories.of(value, paths());
    }

    /// As they are configured, those too that cannot be used in this run; any thread.
    public List<String> paths() {
        return Stream.concat(all().stream().map(LogDirectory::path), missing.stream()).toList();
    }

    /// Takes a directory out of service, if the node can do without it.
    ///
    /// @return false when it is out already, or has to stay: the last one, or the one with the metadata log
    boolean fail(LogDirectory directory) {
        boolean others =
                found.stream()
                        .anyMatch(each -> !each.failed() && !each.directory().equals(directory));
        if (!others || directory.id().equals(withMetadata) || of(directory).failed()) {
            return false;
        }
        of(directory).fail();
        return true;
    }

    boolean hasFailed(LogDirectory directory) {
        return of(directory).failed();
    }

    /// Of the directories that are out of service; any thread.
    List<Uuid> failed() {
        return found.stream()
                .filter(FoundDirectory::failed)
                .map(each -> each.directory().id())
                .toList();
    }

    /// Every log is as a clean stop of this broker has left it: no record was lost since.
    public boolean asLeft() {
        return found.stream().allMatch(FoundDirectory::asLeft);
    }

    /// The broker epoch in which this broker has last stopped, all directories agreeing that it closed every log; -1 otherwise.
    public long cleanStopEpoch() {
        long epoch = found.isEmpty() ? -1 : found.getFirst().epoch();
        return found.stream().allMatch(each -> each.epoch() == epoch) ? epoch : -1;
    }

    /// The next start may tell the controller that the process of this broker epoch has closed every log, if it does.
    public void stopsAs(long brokerEpoch) {
        stopsAs = brokerEpoch;
    }

    /// (Not made with `Comparator.comparing`: its serializable lambdas do not fit into a start-up cache.)
    static final Comparator<TopicPartition> BY_NAME = LogDirectories::compare;

    private static int compare(TopicPartition a, TopicPartition b) {
        int byTopic = a.topic().compareTo(b.topic());
        return byTopic != 0 ? byTopic : Integer.compare(a.partition(), b.partition());
    }

    public Collection<LogDirectory> all() {
        return found.stream().map(FoundDirectory::directory).toList();
    }

    /// A log whose folder is gone. Where nothing that it held is known to be lost, it begins behind the offsets that were given.
    LazyLog missed(Place place, LogRest held, LogSettings settings) throws IOException {
        if (held.logEnd() > held.logStart()) {
            long cleanedTo = of(place.directory()).cleanedTo(place.name());
            return LazyLog.lost(
                    place.name(), held, settings, cleanedTo, LostLog.withoutFolder(held));
        }
        place.make();
        return checked(place, settings, OpenMode.CLEAN.withLogStart(held.logEnd()));
    }

    /// The directory of that path, as it was configured.
    @Nullable LogDirectory byPath(String path) {
        return all().stream().filter(each -> each.path().equals(path)).findFirst().orElse(null);
    }

    /// Where a copy of that partition lies until it takes the log's place.
    Place future(TopicPartition name, Uuid topicId, LogDirectory in) {
        return Place.future(name, topicId, in, env.entropy());
    }

    /// An empty log in the folder of a copy.
    Log openFuture(Place future, LogSettings settings) throws IOException {
        future.make();
        return openUnsynced(future, settings, OpenMode.CLEAN);
    }

    void discard(Place future) throws IOException {
        future.directory().storage().deleteDirectory(future.folder());
    }

    /// @param formerFolder the former log's folder now, for [Place#remove]; null when there was none
    record Exchanged(Place place, @Nullable String formerFolder) {}

    /// Gives a copy the log's name, and then takes the name from the log. In between both have it, and hold the same.
    ///
    /// @throws IOException when the log is where it was. A folder of its name may be left in the other directory; the next start removes it
    Exchanged exchange(Place from, Place future) throws IOException {
        var place = new Place(future.directory(), future.name(), future.topicId(), true);
        Storage target = future.directory().storage();
        target.deleteDirectory(place.folder()); // what an exchange has left that failed
        try {
            Place.rename(target, future.folder(), place.folder());
        } catch (IOException e) {
            Place.takeBack(target, place.folder(), future.folder());
            throw e;
        }
        if (!from.made()) {
            return new Exchanged(place, null);
        }
        Storage source = from.directory().storage();
        String renamed = Place.aside(from.folder(), Place.DELETED, env.entropy());
        try {
            Place.rename(source, from.folder(), renamed);
        } catch (IOException e) {
            if (Place.takeBack(source, renamed, from.folder())) {
                throw e;
            }
            reserve(from).failed(from + " cannot be put aside: " + e);
        }
        return new Exchanged(place, renamed);
    }

    /// A log that was closed just now.
    LazyLog resting(Place place, LogRest rest, LogSettings settings, long cleanedTo) {
        OpenMode mode = asClosed(rest, cleanedTo);
        return LazyLog.resting(
                place.name(), rest, settings, cleanedTo, current -> open(place, current, mode));
    }

    private static OpenMode asClosed(LogRest rest, long cleanedTo) {
        return OpenMode.CLEAN
                .withLogStart(rest.logStart())
                .withCleanedTo(cleanedTo)
                .withHeld(rest.logEnd());
    }

    /// The high watermark that the last run knew; 0 when it knew none.
    long highWatermark(Place place) throws IOException {
        return of(place.directory()).highWatermark(place.name());
    }

    /// The log at that place when nothing has to be checked: it is opened when it is first touched.
    LazyLog unread(Place place, LogSettings settings) throws IOException {
        FoundDirectory from = of(place.directory());
        LogRest known =
                place.made() ? from.takeClosed(place.name(), place.topicId()) : LogRest.EMPTY;
        LogRest rest = Objects.requireNonNull(known, "has to be checked");
        long cleanedTo = place.made() ? from.cleanedTo(place.name()) : 0;
        OpenMode mode = asClosed(rest, cleanedTo);
        boolean isNew = !place.made();
        return LazyLog.resting(
                place.name(),
                rest,
                settings,
                cleanedTo,
                current -> {
                    if (!place.made()) {
                        place.make();
                    }
                    return isNew ? openUnsynced(place, current, mode) : open(place, current, mode);
                });
    }

    /// How the log at that place is opened if something has to be checked; null when that can wait.
    @Nullable OpenMode toCheck(Place place) throws IOException {
        FoundDirectory from = of(place.directory());
        boolean rests = !place.made() || from.isClosed(place.name(), place.topicId());
        return rests ? null : from.mode(place.name());
    }

    /// That log is open.
    void opened(Place place) throws IOException {
        of(place.directory()).opened(place.name());
    }

    /// That log cannot be opened: the checkpoints go on saying of it what they said.
    void keep(Place place) throws IOException {
        of(place.directory()).keep(place.name(), place.topicId());
    }

    /// What was kept of a log that could not be opened, and whose partition is not here any more.
    ///
    /// @return where its files lie
    List<Place> forget(Uuid topicId, int partition) {
        List<Place> left = new ArrayList<>();
        for (FoundDirectory each : found) {
            TopicPartition name = each.forget(topicId, partition);
            if (name != null) {
                left.add(new Place(each.directory(), name, topicId, true));
            }
        }
        return left;
    }

    /// On any thread: opens a log, and checks what that mode does not believe.
    LazyLog checked(Place place, LogSettings settings, OpenMode mode) throws IOException {
        // A process that was killed may not have synced it.
        return LazyLog.open(openUnsynced(place, settings, mode));
    }

    /// One whose folder the first flush makes durable.
    private Log openUnsynced(Place place, LogSettings settings, OpenMode mode) throws IOException {
        Storage files = place.files();
        Log log = open(place, settings, mode);
        log.beforeFlush(() -> place.sync(files));
        return log;
    }

    private Log open(Place place, LogSettings settings, OpenMode mode) throws IOException {
        return Log.open(env, place.files(), place.name(), settings, mode);
    }

    private FoundDirectory of(LogDirectory directory) {
        for (FoundDirectory each : found) { // a loop, for it is asked often for each of many logs
            if (each.directory().equals(directory)) {
                return each;
            }
        }
        throw new NoSuchElementException(directory.path());
    }

    /// Writes the checkpoints of one directory, if they changed.
    ///
    /// @param coming whose copies are about to take their place here
    /// @return false when the disk does not take them
    boolean checkpoint(LogDirectory directory, List<Partition> partitions, List<Partition> coming) {
        Map<TopicPartition, Long> recovery = new TreeMap<>(BY_NAME);
        Map<TopicPartition, Long> starts = new TreeMap<>(BY_NAME);
        Map<TopicPartition, Long> watermarks = new TreeMap<>(BY_NAME);
        Map<TopicPartition, Long> cleaned = new TreeMap<>(BY_NAME);
        for (Partition partition : partitions) {
            partition.house().reportTo(recovery, starts, watermarks, cleaned);
        }
        for (Partition partition : coming) {
            partition.house().reportTo(recovery, starts, watermarks, new TreeMap<>(BY_NAME));
        }
        of(directory).addKept(recovery, starts, watermarks, cleaned);
        try {
            LogCheckpoints.write(directory.storage(), LogCheckpoints.RECOVERY_POINTS, recovery);
            LogCheckpoints.write(directory.storage(), LogCheckpoints.LOG_STARTS, starts);
            LogCheckpoints.write(directory.storage(), LogCheckpoints.HIGH_WATERMARKS, watermarks);
            of(directory).saveCleaned(cleaned);
            partitions.forEach(
                    each -> each.house().cleanedSaved(cleaned.getOrDefault(each.name(), 0L)));
            return true;
        } catch (IOException e) {
            LOG.warn("checkpoints of {} cannot be written: {}", directory.path(), e.toString());
            return false;
        }
    }

    /// A question about a disk.
    interface Figure {
        long of(Storage storage) throws IOException;
    }

    /// The answer, or -1 when the disk does not give one.
    static long ask(LogDirectory directory, Figure figure) {
        try {
            return figure.of(directory.storage());
        } catch (IOException e) {
            LOG.warn("{}: {}", directory.path(), e.toString());
            return -1;
        }
    }

    /// No log was opened: what a clean stop has left is still so, and what a crash has left is to be recovered by the next start.
    void leaveAsFound() {
        for (FoundDirectory each : found) {
            try {
                each.leave();
            } catch (IOException e) {
                LOG.warn("{}: {}", each.directory().path(), e.toString());
            }
        }
    }

    /// These logs of the directory are as they are to be found, and the checkpoints are written.
    ///
    /// @param all every log of this broker was closed cleanly: the controller may be told
    void markClean(LogDirectory directory, Collection<ClosedLogs.Closed> logs, boolean all) {
        try {
            ClosedLogs.write(directory.storage(), logs);
            LogCheckpoints.markCleanShutdown(directory.storage(), all ? stopsAs : -1);
        } catch (IOException e) {
            LOG.warn("{}: {}", directory.path(), e.toString());
        }
    }
}
