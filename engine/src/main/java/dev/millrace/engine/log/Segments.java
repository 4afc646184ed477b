package dev.millrace.engine.log;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The segments of one log in the order of their offsets; never empty once the log is open. The last is the active one.
final class Segments {
    private static final Logger LOG = LoggerFactory.getLogger(Segments.class);

    private final String log;
    private final Env env;
    private final Storage directory;
    private final List<Segment> list = new ArrayList<>();

    /// Files or deletions whose names are not yet durable.
    private boolean namesUnsynced;

    /// A flush that was planned is to sync names; nobody knows yet whether it has.
    private boolean namesBeingSynced;

    Segments(String log, Env env, Storage directory) {
        this.log = log;
        this.env = env;
        this.directory = directory;
    }

    int count() {
        return list.size();
    }

    Segment get(int at) {
        return list.get(at);
    }

    Segment active() {
        return list.getLast();
    }

    Segment first() {
        return list.getFirst();
    }

    /// The place of the segment that holds `offset` if any does; 0 when it lies below all.
    int floor(long offset) {
        int low = 0;
        int high = list.size() - 1;
        if (list.get(high).baseOffset <= offset) {
            return high;
        }
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (list.get(middle).baseOffset <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return Math.max(0, high);
    }

    /// The first offset behind the segment at that place.
    long endOffset(int at, long logEnd) {
        return at + 1 < list.size() ? list.get(at + 1).baseOffset : logEnd;
    }

    /// What is known to be lost, in the order of the segments.
    List<LostRange> lost() {
        List<LostRange> all = new ArrayList<>(0);
        for (Segment segment : list) {
            all.addAll(segment.lost());
        }
        return all;
    }

    /// Of all segments; asks the disk once for those that were not touched.
    long bytes() {
        try {
            long bytes = 0;
            for (Segment segment : list) {
                bytes += segment.size();
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Takes a segment that is on disk into the list.
    void add(long baseOffset, LogSettings settings) {
        long jitter =
                settings.segmentJitterMs() > 0
                        ? env.entropy().below(settings.segmentJitterMs())
                        : 0;
        list.add(new Segment(log, directory, baseOffset, env.clock().wallMs(), jitter));
    }

    /// Makes a new, empty active segment.
    Segment create(long baseOffset, LogSettings settings) throws IOException {
        // Of names that were not synced any may be lost: without this one in front the log would
        // begin here.
        if (namesUnsynced || namesBeingSynced) {
            directory.syncDirectory();
            namesUnsynced = false;
        }
        // A file of that name is left from a failed attempt and holds nothing that counts.
        directory.delete(LogFiles.of(baseOffset, LogFiles.LOG));
        add(baseOffset, settings);
        try {
            active().transactions().isNew();
            active().file();
        } catch (IOException failed) {
            list.removeLast();
            throw failed;
        }
        namesUnsynced = true;
        active().index(new SegmentIndex(baseOffset));
        return active();
    }

    /// A process that was killed may not have synced them.
    void namesUnknown() {
        namesUnsynced = true;
    }

    /// True once since the last call, when a name is new or gone.
    boolean takeNamesUnsynced() {
        boolean was = namesUnsynced;
        namesUnsynced = false;
        namesBeingSynced |= was;
        return was;
    }

    void namesSynced() {
        namesBeingSynced = false;
    }

    void namesNotSynced() {
        namesBeingSynced = false;
        namesUnsynced = true;
    }

    /// Takes the segment at that place out of the log. Its file stays readable under another name for the readers that have begun,
    /// and goes after `file.delete.delay.ms`.
    void remove(int at, LogSettings settings) throws IOException {
        Segment segment = list.get(at);
        if (namesUnsynced) {
            // The one that goes may be the last whose name a power loss would leave: then the log
            // would begin anew.
            directory.syncDirectory();
            namesUnsynced = false;
        }
        String doomed = putAside(segment);
        directory.syncDirectory();
        list.remove(at);
        deleteCaches(segment);
        deleteLater(segment, doomed, settings);
    }

    /// Renames a segment's file for its readers. Not durable yet.
    private String putAside(Segment segment) throws IOException {
        String doomed = segment.name() + LogFiles.DELETED;
        for (int n = 2; directory.exists(doomed); n++) {
            doomed = segment.name() + "." + n + LogFiles.DELETED; // it was compacted a moment ago
        }
        segment.file();
        directory.rename(segment.name(), doomed);
        return doomed;
    }

    /// Of a segment that cannot come back.
    private void deleteCaches(Segment segment) throws IOException {
        for (String cache : SegmentSwap.CACHES) {
            directory.delete(LogFiles.of(segment.baseOffset, cache));
        }
    }

    /// Whether it is one of these, and not another of the same base.
    boolean holds(Segment segment) {
        return list.get(floor(segment.baseOffset)) == segment;
    }

    /// The place of the first of these, when they are here side by side; -1 when not.
    int placeOf(List<Segment> some) {
        int at = list.indexOf(some.getFirst());
        return at >= 0
                        && list.size() >= at + some.size()
                        && list.subList(at, at + some.size()).equals(some)
                ? at
                : -1;
    }

    /// Takes a cleaned segment in for those that it was made of, which are neighbours here. Its log and indexes are whole on the disk.
    ///
    /// @throws IOException when it is open which of them are there; the next start finishes it
    void replace(int at, int count, LogSettings settings) throws IOException {
        List<Segment> old = List.copyOf(list.subList(at, at + count));
        long base = old.getFirst().baseOffset;
        var swap = new SegmentSwap(directory);
        swap.commit(base);
        List<String> doomed = new ArrayList<>();
        for (Segment segment : old) {
            doomed.add(putAside(segment));
            deleteCaches(segment);
            if (segment.baseOffset > base) {
                directory.delete(LogFiles.of(segment.baseOffset, LogFiles.SNAPSHOT));
            }
        }
        swap.complete(base);
        namesUnsynced = true; // either name will do until the next flush
        list.subList(at, at + count).clear();
        list.add(at, new Segment(log, directory, base, old.getLast().createdMs, 0));
        for (int i = 0; i < count; i++) {
            deleteLater(old.get(i), doomed.get(i), settings);
        }
    }

    private void deleteLater(Segment segment, String doomed, LogSettings settings) {
        env.timers()
                .schedule(
                        settings.fileDeleteDelayMs(),
                        () ->
                                env.workers()
                                        .execute(
                                                "delete " + log + "/" + doomed,
                                                () -> delete(segment, doomed)));
    }

    /// Deletes a segment that nobody can be reading: the log is not open yet.
    void removeAtOnce(int at) throws IOException {
        Segment segment = list.remove(at);
        segment.close();
        directory.delete(segment.name());
        directory.delete(LogFiles.of(segment.baseOffset, LogFiles.INDEX));
        directory.delete(LogFiles.of(segment.baseOffset, LogFiles.TIME_INDEX));
        directory.delete(LogFiles.of(segment.baseOffset, LogFiles.TXN_INDEX));
        namesUnsynced = true;
    }

    private void delete(Segment segment, String doomed) {
        try {
            segment.close();
            directory.delete(doomed);
        } catch (IOException e) {
            // The next start deletes it.
            LOG.warn("{}: cannot delete {}: {}", log, doomed, e.toString());
        }
    }

    void close() throws IOException {
        IOException first = null;
        for (Segment segment : list) {
            try {
                segment.close();
            } catch (IOException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
