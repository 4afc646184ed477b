package dev.millrace.engine.replica;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.LostRange;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataChange;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The partitions of this broker: opens, follows and closes them as the metadata says.
///
/// ```
///   absent --in the image--> open (follower, leader or offline) --topic deleted--> retired --file.delete.delay.ms--> gone
/// ```
///
/// **Owner.** What changes the set takes the turn; look-ups read a persistent map and need none.
public final class Replicas {
    private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);

    private final int brokerId;
    private final Env env;
    private final Turn turn;
    private final LogDirectories directories;
    private final TopicSettings.Source settings;
    private final Replication replication;
    private final LeaderSurroundings around;
    private final ReplicaMoves moves;
    private final HeldReplicas held = new HeldReplicas();
    private final FollowerWaits followerWaits;

    /// Partitions whose log could not be opened. They are offline in this run, and while there are any, no stop counts as clean for the controller.
    private volatile PMap<HeldReplicas.Key, TopicPartition> unopened = HashTreePMap.empty();

    /// Metadata have come.
    private volatile boolean heard;

    /// The checkpoints on disk know partitions that are no more.
    private boolean namesAreStale;

    private final Checkpoints checkpoints;
    private final Whereabouts whereabouts;

    private volatile MetadataImage image = MetadataImage.EMPTY;

    /// Of a broker that is alone.
    public Replicas(
            int brokerId, Env env, LogDirectories directories, TopicSettings.Source settings) {
        this(brokerId, env, directories, settings, Replication.NONE, ReplicaThrottle.none(env));
    }

    /// @param replication for partitions with more than one replica
    /// @param betweenDirectories what may go from one log directory into another
    public Replicas(
            int brokerId,
            Env env,
            LogDirectories directories,
            TopicSettings.Source settings,
            Replication replication,
            ReplicaThrottle betweenDirectories) {
        this.brokerId = brokerId;
        this.env = env;
        this.turn = env.newTurn("replicas");
        this.directories = directories;
        this.settings = settings;
        this.replication = replication;
        this.followerWaits = new FollowerWaits(env);
        for (LogDirectory each : directories.all()) {
            directories.reserve(each).whenFailed(cause -> fail(each, cause));
        }
        var exchanges = new Exchanges(turn, held, directories, replication, env, this::checkpoint);
        this.moves = new ReplicaMoves(env, directories, betweenDirectories, exchanges::exchange);
        this.checkpoints = new Checkpoints(env.newTurn("checkpoints"), directories, held, moves);
        this.whereabouts = new Whereabouts(directories, held, replication, env.workers());
        this.around =
                new LeaderSurroundings(
                        env.clock(), replication.lagMs(), this::mayBeInSync, replication::propose);
    }

    /// Whether the newest image lets that process of a broker be in an in-sync set.
    private boolean mayBeInSync(int id, long epoch) {
        BrokerImage broker = image.cluster().broker(id);
        return broker != null && broker.active() && (epoch < 0 || epoch == broker.epoch());
    }

    /// Finds a partition by its topic's name.
    public Located byName(String topic, int partition) {
        TopicImage found = image.topics().byName(topic);
        return found == null
                ? new Located(topic, Errors.UNKNOWN_TOPIC_OR_PARTITION, null)
                : locate(found, partition);
    }

    /// Finds a partition by its topic's id.
    public Located byId(Uuid topicId, int partition) {
        TopicImage found = image.topics().byId(topicId);
        return found == null
                ? new Located("", Errors.UNKNOWN_TOPIC_ID, null)
                : locate(found, partition);
    }

    /// Finds it by id where the protocol's version names one, else by name.
    public Located find(Uuid topicId, String topic, int partition) {
        return topicId.equals(Uuid.ZERO_UUID) ? byName(topic, partition) : byId(topicId, partition);
    }

    private Located locate(TopicImage topic, int partition) {
        var key = new HeldReplicas.Key(topic.id(), partition);
        HeldReplicas.Held here = held.get(key);
        if (here != null) {
            return new Located(topic.name(), Errors.NONE, here.partition());
        }
        if (unopened.containsKey(key)) {
            return new Located(topic.name(), Errors.KAFKA_STORAGE_ERROR, null);
        }
        boolean exists = 0 <= partition && partition < topic.partitions().size();
        return new Located(
                topic.name(),
                exists ? Errors.NOT_LEADER_OR_FOLLOWER : Errors.UNKNOWN_TOPIC_OR_PARTITION,
                null);
    }

    /// The image that the partitions have followed.
    public MetadataImage image() {
        return image;
    }

    /// Fetches of followers that wait here.
    public FollowerWaits followerWaits() {
        return followerWaits;
    }

    /// Follows one step of the metadata; called in order.
    public void onChange(MetadataChange change) {
        turn.run(() -> {
            for (TopicImage topic : change.deletedTopics()) {
                for (int p = 0; p < topic.partitions().size(); p++) {
                    delete(new HeldReplicas.Key(topic.id(), p));
                }
            }
            Openings ahead = openAhead(change);
            for (TopicImage topic : change.changedTopics()) {
                follow(change.after(), topic, ahead);
            }
            image = change.after();
            if (!heard) {
                directories.places().putStraysAside();
            }
            heard = true;
            if (!change.before().cluster().brokers().equals(image.cluster().brokers())) {
                all().forEach(each -> each.inSyncSet().admit());
            }
            if (namesAreStale || directories.places().takeStaleNames()) {
                namesAreStale = false;
                checkpoint();
            }
        });
        followerWaits.wake();
    }

    private void delete(HeldReplicas.Key key) {
        HeldReplicas.Held gone = held.get(key);
        if (gone == null) {
            unopened = unopened.minus(key);
            directories.forget(key.topicId(), key.partition()).forEach(this::removeUnopened);
            return;
        }
        held.remove(key);
        replication.forget(gone.partition());
        moves.cancel(gone.partition());
        long delayMs = gone.partition().house().fileDeleteDelayMs();
        gone.partition().retire();
        namesAreStale |= gone.place().holdsLog();
        if (!gone.place().made()) {
            return;
        }
        try {
            String renamed = directories.places().retire(gone.place());
            gone.place().removeLater(renamed, delayMs, env, () -> gone.partition().close(false));
        } catch (IOException e) {
            LOG.warn("{}: its files could not be put aside: {}", gone.place(), e.toString());
        }
    }

    private void removeUnopened(Place place) {
        namesAreStale = true;
        try {
            place.removeLater(directories.places().retire(place), 0, env, () -> {});
        } catch (IOException e) {
            LOG.warn("{}: its files could not be put aside: {}", place, e.toString());
        }
    }

    /// Has a replica lie in another log directory of this broker from now on; it is served all the while (KIP-113).
    ///
    /// @param path of the directory, as configured
    /// @return `REPLICA_NOT_AVAILABLE` when it is not here: it will lie there if it comes
    public Errors move(TopicPartition name, String path) {
        LogDirectory target = directories.byPath(path);
        if (target == null) {
            return directories.missing().contains(path)
                    ? Errors.KAFKA_STORAGE_ERROR
                    : Errors.LOG_DIR_NOT_FOUND;
        }
        if (directories.hasFailed(target)) {
            return Errors.KAFKA_STORAGE_ERROR;
        }
        if (directories.isCordoned(target)) {
            return Errors.INVALID_REPLICA_ASSIGNMENT;
        }
        if (!Place.mayMove(name)) {
            return Errors.INVALID_TOPIC_EXCEPTION;
        }
        return turn.take(() -> {
            TopicImage topic = image.topics().byName(name.topic());
            HeldReplicas.Held here =
                    topic == null
                            ? null
                            : held.get(new HeldReplicas.Key(topic.id(), name.partition()));
            if (here == null) {
                directories.places().wish(name, target);
                return Errors.REPLICA_NOT_AVAILABLE;
            }
            if (here.partition().role() instanceof ReplicaRole.Offline) {
                return Errors.KAFKA_STORAGE_ERROR;
            }
            if (here.place().directory().equals(target)) {
                moves.cancel(here.partition());
            } else {
                moves.begin(here.partition(), target);
            }
            return Errors.NONE;
        });
    }

    /// The disk under a log directory has failed: what lies there is offline until the next start, and everything else goes on. The
    /// last directory, and the one of the metadata log, are not given up: there only those partitions are offline that met the failure.
    private void fail(LogDirectory directory, String cause) {
        turn.run(() -> {
            if (!directories.fail(directory)) {
                return;
            }
            LOG.error("{} is offline, and all partitions in it: {}", directory.path(), cause);
            for (HeldReplicas.Held each : held.each()) {
                if (each.isIn(directory)) {
                    moves.cancel(each.partition());
                    replication.forget(each.partition());
                    each.partition().fail(directory.path() + " is offline");
                }
            }
            moves.all().stream()
                    .filter(each -> each.target().equals(directory))
                    .forEach(each -> moves.cancel(each.partition()));
        });
    }

    /// Of the log directories, as they are configured; any thread.
    public List<String> directoryPaths() {
        return directories.paths();
    }

    /// Ids of the log directories that have failed in this run; any thread.
    public List<Uuid> failedDirectories() {
        return directories.failed();
    }

    /// What the step brings here and a crash has left is checked before the partitions take their roles.
    private Openings openAhead(MetadataChange change) {
        var ahead = new Openings(directories, env.workers());
        for (TopicImage topic : change.changedTopics()) {
            LogSettings logSettings = null;
            for (int p = 0; p < topic.partitions().size(); p++) {
                PartitionImage wanted = topic.partitions().get(p);
                int mine = wanted.replicas().indexOf(brokerId);
                var key = new HeldReplicas.Key(topic.id(), p);
                if (mine >= 0 && !held.has(key) && !unopened.containsKey(key)) {
                    if (logSettings == null) {
                        logSettings = settings.of(change.after(), topic.name()).log();
                    }
                    var name = new TopicPartition(topic.name(), p);
                    ahead.add(name, topic.id(), wanted.directories().get(mine), logSettings);
                    if (isElsewhere(wanted)) {
                        ahead.isElsewhere(name);
                    }
                }
            }
        }
        ahead.open();
        return ahead;
    }

    private boolean isElsewhere(PartitionImage wanted) {
        return wanted.isr().stream().anyMatch(id -> id != brokerId);
    }

    private void follow(MetadataImage now, TopicImage topic, Openings ahead) {
        TopicSettings topicSettings = settings.of(now, topic.name());
        for (int p = 0; p < topic.partitions().size(); p++) {
            PartitionImage wanted = topic.partitions().get(p);
            int mine = wanted.replicas().indexOf(brokerId);
            if (mine < 0) {
                delete(new HeldReplicas.Key(topic.id(), p)); // it was moved to others
                continue;
            }
            HeldReplicas.Held here = hold(topic, p, wanted, ahead);
            if (here == null) {
                var key = new HeldReplicas.Key(topic.id(), p);
                whereabouts.compareUnopened(key, now, wanted.directories().get(mine));
            } else if (!directories.hasFailed(here.place().directory())) {
                whereabouts.compare(here, now, wanted.directories().get(mine));
                here.partition().house().isElsewhere(isElsewhere(wanted));
                ReplicaRole role = role(wanted);
                if (role.isNewToFollowers(here.partition().role())) {
                    followerWaits.begins();
                }
                here.partition()
                        .assume(role, topicSettings.minInSyncReplicas(), topicSettings.log());
                if (role instanceof ReplicaRole.Follower(int epoch, int leader)
                        && leader >= 0
                        && !here.partition().isOffline()) {
                    replication.follow(
                            here.partition(), leader, epoch, wanted.isr().contains(brokerId));
                } else {
                    replication.forget(here.partition());
                }
            }
        }
    }

    private ReplicaRole role(PartitionImage wanted) {
        return wanted.leader() == brokerId
                ? new ReplicaRole.Leader(
                        wanted.leaderEpoch(),
                        wanted.partitionEpoch(),
                        wanted.isr(),
                        wanted.replicas().stream().filter(id -> id != brokerId).toList())
                : new ReplicaRole.Follower(wanted.leaderEpoch(), wanted.leader());
    }

    private HeldReplicas.@Nullable Held hold(
            TopicImage topic, int partition, PartitionImage wanted, Openings ahead) {
        var key = new HeldReplicas.Key(topic.id(), partition);
        HeldReplicas.Held here = held.get(key);
        if (here != null || unopened.containsKey(key)) {
            return here;
        }
        var name = new TopicPartition(topic.name(), partition);
        try {
            Openings.Opening opening = ahead.take(name);
            Place place = opening.place();
            LazyLog log = opening.log();
            here =
                    new HeldReplicas.Held(
                            new Partition(
                                    name,
                                    topic.id(),
                                    env.newTurn("partition " + name),
                                    env.workers(),
                                    log,
                                    directories.reserve(place),
                                    around,
                                    wanted.replicas().size() == 1
                                            ? seenAlone(log)
                                            : directories.highWatermark(place)),
                            place);
            held.put(key, here);
            String damage = log.damage();
            if (damage == null) {
                here.partition().whenOffline(() -> whereabouts.wentOffline(key, this::image));
                goOnWithMove(here, topic.id());
            } else {
                here.partition().fail(damage);
            }
            return here;
        } catch (IOException e) {
            LOG.error(
                    "{} cannot be opened and stays offline: {}. Stop the broker and run `millrace doctor`",
                    name,
                    e.getMessage());
            unopened = unopened.plus(key, name);
            return null;
        }
    }

    /// How far a lone replica is seen before its first flush: what a kill has left in memory a power loss may still take.
    private static long seenAlone(LazyLog log) {
        return log.settings().flushOnAck() ? log.flushedEnd() : log.logEnd();
    }

    /// A move that the last run has not ended begins anew.
    private void goOnWithMove(HeldReplicas.Held here, Uuid topicId) {
        LogDirectory target =
                directories.places().takeInterrupted(here.partition().name(), topicId);
        if (target != null && !target.equals(here.place().directory())) {
            moves.begin(here.partition(), target);
        }
    }

    /// How many partitions are here; any thread.
    public int count() {
        return held.count();
    }

    /// Every partition here, in no particular order.
    public Collection<Partition> all() {
        return held.all();
    }

    /// What lies in each log directory, in the order of the settings, and then those that cannot be used.
    public List<LogDirectoryReport> report() {
        var reports = new ArrayList<LogDirectoryReport>();
        for (LogDirectory each : directories.all()) {
            reports.add(
                    held.report(
                            each,
                            directories.hasFailed(each),
                            directories.isCordoned(each),
                            moves.all()));
        }
        directories.missing().forEach(path -> reports.add(LogDirectoryReport.missing(path)));
        return reports;
    }

    /// What is known to be lost of the records here, by partition; those that lost nothing are left out.
    public SortedMap<TopicPartition, List<LostRange>> lost() {
        return held.lost();
    }

    /// Partitions here whose log cannot be used until a restart, or until somebody has decided about it; any thread.
    public SortedSet<TopicPartition> offline() {
        var offline = new TreeSet<TopicPartition>(LogDirectories.BY_NAME);
        offline.addAll(unopened.values());
        for (HeldReplicas.Held each : held.each()) {
            if (each.partition().role() instanceof ReplicaRole.Offline) {
                offline.add(each.partition().name());
            }
        }
        return offline;
    }

    /// Writes where recovery would have to begin. Cheap when nothing changed; runs on a worker, and where a topic was deleted: the
    /// checkpoints know names only, and a topic that is made again must not be judged by them.
    public void checkpoint() {
        if (nothingIsKnown()) {
            return;
        }
        checkpoints.write();
    }

    /// Flushes segments that were sealed and not flushed, one partition after the other, so that the disk serves others in between; runs on a
    /// worker.
    public void flushSealed() {
        forEach("flush", partition -> partition.house().flushSealed());
    }

    /// Deletes what the topics' retention no longer keeps; runs on a worker.
    public void retain() {
        long nowMs = env.clock().wallMs();
        forEach("retention", partition -> partition.house().retain(nowMs));
    }

    /// Proposes smaller in-sync sets where members lag; runs on a worker.
    public void dropLaggards() {
        forEach("who lags", partition -> partition.inSyncSet().dropLaggards());
    }

    /// Forgets producers that have not written for so long; runs on a worker.
    public void expireProducers(long expirationMs) {
        forEach(
                "producers that are gone",
                partition -> partition.house().expireProducers(expirationMs));
    }

    /// One that fails keeps no other from its turn.
    private void forEach(String what, Consumer<Partition> chore) {
        for (Partition partition : all()) {
            try {
                chore.accept(partition);
            } catch (Invariant.Broken broken) {
                throw broken;
            } catch (RuntimeException e) {
                LOG.error("{}: {} failed", partition.name(), what, e);
            }
        }
    }

    /// Whether no metadata have come yet. Then what lies in the directories was not opened, and the checkpoints and marks of
    /// the run before are all that is known of it.
    private boolean nothingIsKnown() {
        return !heard;
    }

    /// A clean stop: every log is closed so that the next start need not read it.
    public void close() {
        moves.close();
        turn.run(() -> {
            if (nothingIsKnown()) {
                directories.leaveAsFound();
                return;
            }
            checkpoints.close(unopened.isEmpty());
        });
    }
}
