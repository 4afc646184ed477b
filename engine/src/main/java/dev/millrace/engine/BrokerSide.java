package dev.millrace.engine;

import dev.millrace.engine.api.AutoTopics;
import dev.millrace.engine.api.Handlers;
import dev.millrace.engine.api.NodeIdentity;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.api.StreamsInternalTopics;
import dev.millrace.engine.api.TransactionMarkers;
import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.coordinator.txn.Marker;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.lag.GroupLags;
import dev.millrace.engine.log.LostRange;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.CordonedDirectories;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.ProducerIdDecisions;
import dev.millrace.engine.metadata.ProducerIdDecisions.Block;
import dev.millrace.engine.metadata.ProducerIds;
import dev.millrace.engine.metadata.config.OwnKeys;
import dev.millrace.engine.quorum.ActiveController;
import dev.millrace.engine.quorum.KraftQuorum;
import dev.millrace.engine.replica.Cleaner;
import dev.millrace.engine.replica.CleanerSettings;
import dev.millrace.engine.replica.ClusterReplication;
import dev.millrace.engine.replica.LogDirectories;
import dev.millrace.engine.replica.LogDirectory;
import dev.millrace.engine.replica.ReplicaSelector;
import dev.millrace.engine.replica.ReplicaThrottle;
import dev.millrace.engine.replica.Replicas;
import dev.millrace.engine.telemetry.ClientTelemetry;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.jspecify.annotations.Nullable;

/// What a node does as a broker: holds partitions, coordinates groups, answers clients.
final class BrokerSide {
    private static final long BLOCK_TIMEOUT_MS = 5_000;

    private final NodeSettings settings;
    private final ClusterDefaults defaults;
    private final Env env;
    private final ClusterReplication replication;
    private final Replicas replicas;
    private final Groups groups;
    private final Transactions transactions;
    private final GroupLags lags;
    private final Cleaner cleaner;
    private final Router router;
    private final LogDirectories logs;
    private final LongSupplier ownEpoch;
    private volatile boolean closed;

    BrokerSide(
            NodeSettings settings,
            Env env,
            Peers peers,
            KraftQuorum quorum,
            Metadata metadata,
            Controller controller,
            ActiveController active,
            BrokerSession session,
            ClusterDefaults defaults,
            Uuid incarnation,
            List<LogDirectory> directories,
            Uuid metadataDirectory)
            throws IOException {
        this.settings = settings;
        this.defaults = defaults;
        this.env = env;
        this.logs =
                new LogDirectories(
                        directories,
                        settings.number(OwnKeys.DISK_RESERVE, OwnKeys.DISK_RESERVE_DEFAULT),
                        env);
        logs.withMetadata(metadataDirectory);
        logs.cordonedBy(() -> cordoned(metadata.image()));
        this.ownEpoch = () -> epoch(metadata.image(), incarnation);
        this.replication =
                ReplicationOfNode.make(
                        settings,
                        incarnation,
                        env,
                        peers,
                        metadata,
                        active,
                        ReplicaThrottle.ofFollower(defaults, metadata::image, env));
        this.replicas =
                new Replicas(
                        settings.nodeId(),
                        env,
                        logs,
                        new SettingsOfTopics(settings, defaults),
                        replication,
                        ReplicaThrottle.ofLogDirectories(defaults, metadata::image, env));
        this.lags = new GroupLags(replicas, env);
        this.cleaner = new Cleaner(env, replicas::all, this::cleanerSettings);
        var onPartitions = new GroupsOnPartitions(settings, env, replicas, metadata::image);
        this.groups = onPartitions.groups();
        ProducerIds producerIds = producerIds(metadata, controller, active);
        var markers =
                new TransactionMarkers(
                        replicas,
                        groups,
                        env.timers(),
                        settings.integer("request.timeout.ms", 30_000));
        var transactionsOnPartitions =
                new TransactionsOnPartitions(
                        settings,
                        env,
                        replicas,
                        metadata::image,
                        producerIds::next,
                        peers,
                        (partition, marker) -> markers.append(partition, asOfLog(marker)));
        this.transactions = transactionsOnPartitions.transactions();
        for (Metadata.Listener each :
                List.<Metadata.Listener>of(
                        replicas::onChange,
                        onPartitions::onChange,
                        transactionsOnPartitions::onChange)) {
            metadata.listen(new SinceRegistered(settings.nodeId(), incarnation, each));
        }
        var newTopics =
                new NewTopics(settings, metadata, controller, active, defaults, env.entropy());
        this.router =
                Handlers.router(
                        new Handlers.Parts(
                                new NodeIdentity(settings.clusterId(), settings.nodeId()),
                                env,
                                metadata,
                                controller,
                                active,
                                session::isOver,
                                defaults,
                                quorum,
                                quorum::kraftVersion,
                                quorum::upgrade,
                                replicas,
                                groups,
                                transactions,
                                producerIds,
                                transactionsOnPartitions.verifier(),
                                markers,
                                new ClientTelemetry(
                                        metadata::image,
                                        env.clock(),
                                        env.entropy(),
                                        env.newTurn("client telemetry"),
                                        settings.integer("telemetry.max.bytes", 1 << 20)),
                                new AutoTopics(
                                        env.newTurn("automatic topics"),
                                        () -> settings.flag("auto.create.topics.enable", true),
                                        newTopics::create),
                                new AutoTopics(
                                        env.newTurn("internal topics"),
                                        () -> true,
                                        newTopics::create),
                                new StreamsInternalTopics(
                                        env.newTurn("internal topics of streams applications"),
                                        env.clock(),
                                        newTopics::createAsAsked),
                                limits()));
    }

    private static TransactionMarker asOfLog(Marker marker) {
        return new TransactionMarker(
                marker.producerId(),
                marker.producerEpoch(),
                marker.coordinatorEpoch(),
                marker.result() == TransactionResult.COMMIT,
                marker.transactionVersion());
    }

    private Handlers.Limits limits() {
        return new Handlers.Limits(
                settings.integer("fetch.max.bytes", 55 << 20),
                settings.integer("max.incremental.fetch.session.cache.slots", 1_000),
                ReplicaSelector.configured(settings.file().get(ReplicaSelector.KEY)),
                settings.integer("max.request.partition.size.limit", 2_000),
                settings.flag("unstable.api.versions.enable", false),
                settings.flag("transaction.partition.verification.enable", true));
    }

    private ProducerIds producerIds(
            Metadata metadata, Controller controller, ActiveController active) {
        return new ProducerIds(
                metadata,
                (id, epoch) ->
                        active.here()
                                ? controller.submit(
                                        image -> ProducerIdDecisions.allocate(image, id, epoch))
                                : block(active, id, epoch),
                env.newTurn("producer ids"),
                settings.nodeId());
    }

    private static CompletionStage<Block> block(ActiveController active, int id, long epoch) {
        var request = new AllocateProducerIdsRequestData().setBrokerId(id).setBrokerEpoch(epoch);
        return active.ask((short) 0, request, BLOCK_TIMEOUT_MS)
                .thenApply(message -> {
                    var response = (AllocateProducerIdsResponseData) message;
                    Errors.forCode(response.errorCode()).maybeThrow();
                    long first = response.producerIdStart();
                    return new Block(first, first + response.producerIdLen());
                });
    }

    /// See [Replicas#failedDirectories()].
    List<Uuid> failedDirectories() {
        return replicas.failedDirectories();
    }

    /// What the setting is, where the metadata can hold it.
    private String cordoned(MetadataImage image) {
        return image.features().metadataVersion().isCordonedLogDirsSupported()
                ? defaults.broker(image.configs(), CordonedDirectories.KEY, "")
                : "";
    }

    /// See [LogDirectories#cordoned()].
    List<Uuid> cordonedDirectories() {
        return logs.cordoned();
    }

    int openPartitions() {
        return replicas.count();
    }

    Groups groups() {
        return groups;
    }

    Transactions transactions() {
        return transactions;
    }

    /// See [Node#goWithout].
    void goWithout(List<String> paths) {
        logs.goWithout(paths);
    }

    SortedMap<TopicPartition, List<LostRange>> lost() {
        return replicas.lost();
    }

    /// See [Replicas#offline()].
    SortedSet<TopicPartition> offline() {
        return replicas.offline();
    }

    GroupLags lags() {
        return lags;
    }

    Router router() {
        return router;
    }

    /// See [LogDirectories#cleanStopEpoch()].
    long cleanStopEpoch() {
        return logs.cleanStopEpoch();
    }

    /// Of this process, as the metadata know it; -1 before they do, and when another has taken its place.
    private long epoch(MetadataImage image, Uuid incarnation) {
        @Nullable BrokerImage self = image.cluster().broker(settings.nodeId());
        return self != null && self.incarnation().equals(incarnation) ? self.epoch() : -1;
    }

    /// See [LogDirectories#asLeft()].
    boolean asLeft() {
        return logs.asLeft();
    }

    Cleaner cleaner() {
        return cleaner;
    }

    private CleanerSettings cleanerSettings() {
        return CleanerSettings.from(
                (key, otherwise) -> defaults.broker(replicas.image().configs(), key, otherwise));
    }

    private long producerExpirationMs() {
        return Long.parseLong(
                defaults.broker(replicas.image().configs(), "producer.id.expiration.ms", "86400000")
                        .strip());
    }

    /// Begins with what a broker does at intervals.
    void keepHouse() {
        every(
                settings.number("log.flush.offset.checkpoint.interval.ms", 60_000),
                "checkpoints",
                () -> {
                    replicas.flushSealed();
                    replicas.checkpoint();
                });
        every(Math.max(1, replication.lagMs() / 2), "who lags", replicas::dropLaggards);
        every(
                settings.number("log.retention.check.interval.ms", 300_000),
                "retention",
                replicas::retain);
        every(
                settings.number("producer.id.expiration.check.interval.ms", 600_000),
                "producers that are gone",
                () -> replicas.expireProducers(producerExpirationMs()));
        cleaner.start();
    }

    /// One run at a time: the next is scheduled when one has ended, well or not.
    private void every(long intervalMs, String what, Runnable work) {
        env.timers()
                .schedule(
                        intervalMs,
                        () ->
                                env.workers()
                                        .execute(
                                                what,
                                                () -> {
                                                    if (closed) {
                                                        return;
                                                    }
                                                    try {
                                                        work.run();
                                                    } finally {
                                                        every(intervalMs, what, work);
                                                    }
                                                }));
    }

    void close() {
        closed = true;
        cleaner.close();
        replication.close();
        logs.stopsAs(ownEpoch.getAsLong());
        replicas.close();
    }
}
