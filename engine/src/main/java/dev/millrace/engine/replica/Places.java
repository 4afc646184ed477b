package dev.millrace.engine.replica;

import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.LostLog;
import dev.millrace.engine.log.PartitionMetadata;
import dev.millrace.engine.metadata.Directories;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the directory in which the log of a partition lies, or is to lie, and tidies up what is nobody's.
///
/// **Owner.** `Replicas`, in its turn.
final class Places {
    private static final Logger LOG = LoggerFactory.getLogger(Places.class);

    /// Bound of the wishes for partitions that are not here; further ones are forgotten.
    private static final int WISHES = 10_000;

    private final List<FoundDirectory> found;
    private final Predicate<LogDirectory> cordoned;
    private final Entropy entropy;
    private final Map<TopicPartition, LogDirectory> wished = new HashMap<>();
    private boolean staleNames;

    /// The first metadata have come: what is given to this broker from now on was not here when the last run ended.
    private boolean begun;

    /// @param found not to be changed any more
    /// @param cordoned those that take nothing new, for as long as there is another
    Places(List<FoundDirectory> found, Predicate<LogDirectory> cordoned, Entropy entropy) {
        this.found = found;
        this.cordoned = cordoned;
        this.entropy = entropy;
    }

    /// Adds what may be read ahead of [#place], on any thread while the owner waits.
    void addLooks(TopicPartition name, Uuid topicId, List<Runnable> looks) {
        for (FoundDirectory each : found) {
            if (each.asksWhose(name, topicId)) {
                looks.add(() -> each.lookWhose(name));
            }
        }
    }

    /// Finds the place of a partition: where it lies already, else in the directory that the quorum assigned, else where the
    /// fewest are. Nothing is made on disk.
    ///
    /// @throws IOException also when its folder would be the metadata log's
    Place place(TopicPartition name, Uuid topicId, Uuid assigned) throws IOException {
        if (name.topic().equals(Topic.CLUSTER_METADATA_TOPIC_NAME)) {
            throw new IOException("that name is the metadata log's; delete the topic");
        }
        Place here = null;
        boolean others = false;
        for (FoundDirectory each : found) {
            if (each.claim(name)) {
                var place = new Place(each.directory(), name, topicId, true);
                if (each.isClosed(name, topicId) || belongs(each, place)) {
                    here = here == null ? place : oneOf(here, place, assigned);
                } else {
                    putAside(place);
                    each.disown(name);
                    others = true;
                }
            }
        }
        if (here == null && !begun && !others) {
            here = missed(name, topicId);
        }
        if (here != null) {
            return here;
        }
        for (FoundDirectory each : found) {
            staleNames |= each.knowsByName(name);
        }
        LogDirectory wish = wished.remove(name);
        FoundDirectory chosen = choose(wish == null ? assigned : wish.id());
        chosen.placed++;
        return new Place(chosen.directory(), name, topicId, false);
    }

    /// Of a partition that this broker had when the last run ended, and of which nothing is here.
    ///
    /// @param assigned where it lay
    /// @throws IOException when that directory is none of these: its disk is not there now, or failed, and what the log holds is not known
    void checkHere(Place place, Uuid assigned) throws IOException {
        if (begun || place.holdsLog()) {
            return;
        }
        List<Uuid> here = found.stream().map(each -> each.directory().id()).toList();
        if (Directories.isAway(assigned, here)) {
            throw new IOException(LostLog.inNoDirectory());
        }
    }

    /// Where a log lay whose folder is gone; null when no directory knows of one. A move that was cut off is known to two of them.
    private @Nullable Place missed(TopicPartition name, Uuid topicId) throws IOException {
        Place missed = null;
        long end = -1;
        for (FoundDirectory each : found) {
            LogRest held = each.missed(name, topicId);
            if (held != null && held.logEnd() > end) {
                missed = Place.missed(each.directory(), name, topicId, held);
                end = held.logEnd();
            }
        }
        return missed;
    }

    /// The same partition without anything of it on disk: others have what it held.
    Place anew(Place missed) {
        staleNames = true;
        return new Place(missed.directory(), missed.name(), missed.topicId(), false);
    }

    /// See [FoundDirectory#forgetDisowned].
    void forgetDisowned() {
        found.forEach(FoundDirectory::forgetDisowned);
    }

    /// A crash between the two steps of [LogDirectories#exchange] leaves two folders that hold the same; nobody wrote to either since. A
    /// directory that was away and is back may hold anything: it is kept, under a name in which nobody takes it for the log.
    private Place oneOf(Place one, Place other, Uuid assigned) throws IOException {
        boolean keepOther = other.directory().id().equals(assigned);
        Place gone = keepOther ? one : other;
        if (one.endsAs(other)) {
            LOG.info("{} is there twice: {} goes", one.name(), gone);
            gone.remove(retire(gone));
        } else {
            LOG.warn(
                    "{} is there twice, and not the same: {} is kept as {}; delete it when nothing in it is missed",
                    one.name(),
                    gone,
                    gone.putAside(Place.STRAY, entropy));
        }
        return keepOther ? other : one;
    }

    /// A partition that is not here is to lie there if it comes.
    void wish(TopicPartition name, LogDirectory where) {
        if (wished.size() < WISHES) {
            wished.put(name, where);
        }
    }

    /// Where a move of that partition went to that the last run has not ended; null when there was none. Asked once.
    @Nullable LogDirectory takeInterrupted(TopicPartition name, Uuid topicId) {
        for (FoundDirectory each : found) {
            if (each.takeInterrupted(Place.folderOf(name), topicId)) {
                return each.directory();
            }
        }
        return null;
    }

    /// Whether checkpoints know partitions that have no folder, from before the start; once.
    boolean takeStaleNames() {
        boolean stale = staleNames;
        staleNames = false;
        return stale;
    }

    private FoundDirectory choose(Uuid assigned) {
        return found.stream()
                .filter(each -> !each.failed() && each.directory().id().equals(assigned))
                .findFirst()
                .orElseGet(() ->
                        found.stream()
                                .filter(each -> !each.failed())
                                .min(
                                        Comparator.comparing(this::isCordoned)
                                                .thenComparingInt(each -> each.placed))
                                .orElseThrow());
    }

    private boolean isCordoned(FoundDirectory each) {
        return cordoned.test(each.directory());
    }

    /// What names another topic is kept, as by Kafka: it may be this one's, and the name wrong. One whose name was never written
    /// whole held nothing.
    private void putAside(Place place) throws IOException {
        String text = place.topic();
        if (text == null
                || text.replaceAll("[\\s\0]+$", "").length() < PartitionMetadata.SHORTEST) {
            place.remove(retire(place));
        } else {
            LOG.warn(
                    "{} names another topic id than the metadata: kept as {}; delete it when the topic"
                            + " was deleted and made again, run `millrace doctor` when it was not",
                    place,
                    place.putAside(Place.STRAY, entropy));
        }
    }

    /// Once all that the metadata give to this broker has its place: folders of other partitions, which were moved away or deleted while
    /// it was down, are kept under a name in which nobody takes them for a replica (as by Kafka).
    void putStraysAside() {
        begun = true;
        for (FoundDirectory each : found) {
            staleNames |= !each.failed() && each.putStraysAside(entropy);
        }
    }

    /// Whether a folder is this topic's. One that does not say whose it is belongs to whom the checkpoints name, as in
    /// directories of old; without that, its first flush was never done, and nothing in it was promised.
    private static boolean belongs(FoundDirectory in, Place place) throws IOException {
        String text = in.topicOf(place);
        return text == null
                ? in.hasRecoveryPoint(place.name())
                : text.contains("topic_id: " + place.topicId());
    }

    /// Puts a folder aside, for [Place#remove]; returns its new name.
    String retire(Place place) throws IOException {
        return place.putAside(Place.DELETED, entropy);
    }
}
