package dev.millrace.engine;

import dev.millrace.engine.api.AutoTopics;
import dev.millrace.engine.api.Handlers;
import dev.millrace.engine.api.NodeIdentity;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.metadata.Bootstrap;
import dev.millrace.engine.metadata.BrokerDecisions;
import dev.millrace.engine.metadata.BrokerDecisions.Registration;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.metadata.ProducerIds;
import dev.millrace.engine.metadata.SnapshotSchedule;
import dev.millrace.engine.quorum.KraftQuorum;
import dev.millrace.engine.replica.LogDirectories;
import dev.millrace.engine.replica.LogDirectory;
import dev.millrace.engine.replica.Replicas;
import dev.millrace.engine.telemetry.ClientTelemetry;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// One node: a broker that is its own controller.
///
/// ```
/// open -> step, step, ... -> elected -> registered: ready -> step, ... -> close
/// ```
/// The host calls [#step()] on one thread whenever the quorum wants it; everything else comes in through [#router()].
public final class Node {
    private final NodeSettings settings;
    private final Env env;
    private final KraftQuorum quorum;
    private final Metadata metadata;
    private final Controller controller;
    private final Replicas replicas;
    private final Router router;
    private final Registration registration;
    private final CompletableFuture<Long> ready = new CompletableFuture<>();
    private boolean registering;
    private volatile boolean closed;

    /// Opens a node; nothing happens before the first step.
    ///
    /// @param directories for the partitions' logs
    /// @param metadataDirectory for the metadata log; may be one of `directories`
    /// @param wakeHost called by any thread when there is a reason to step
    /// @throws IOException when a directory cannot be read
    public static Node open(
            NodeSettings settings,
            Env env,
            List<LogDirectory> directories,
            LogDirectory metadataDirectory,
            Runnable wakeHost)
            throws IOException {
        var quorum =
                KraftQuorum.open(
                        settings.quorum(metadataDirectory.id()),
                        env,
                        metadataDirectory.storage(),
                        wakeHost);
        return new Node(settings, env, quorum, directories);
    }

    private Node(NodeSettings settings, Env env, KraftQuorum quorum, List<LogDirectory> directories)
            throws IOException {
        this.settings = settings;
        this.env = env;
        this.quorum = quorum;
        ClusterDefaults defaults = ClusterDefaults.of(settings.nodeId(), settings.file());
        this.metadata = new Metadata(env.newTurn("metadata"));
        this.replicas =
                new Replicas(
                        settings.nodeId(),
                        env,
                        new LogDirectories(directories, env),
                        new SettingsOfTopics(settings, defaults));
        var groups = new GroupsOnPartitions(settings, env, replicas);
        metadata.listen(replicas::onImage);
        metadata.listen(groups::onImage);
        this.controller = controller();
        this.router = router(defaults, groups);
        this.registration =
                new Registration(
                        settings.nodeId(),
                        env.entropy().uuid(),
                        settings.advertised(),
                        settings.rack(),
                        directories.stream().map(LogDirectory::id).toList());
    }

    private Controller controller() {
        var snapshots =
                new SnapshotSchedule(
                        env.clock(),
                        settings.number(
                                "metadata.log.max.record.bytes.between.snapshots", 20 << 20),
                        settings.number("metadata.log.max.snapshot.interval.ms", 3_600_000));
        return new Controller(
                quorum,
                metadata,
                env.timers(),
                env.newTurn("controller"),
                snapshots,
                image -> image.features().levels().isEmpty() ? Bootstrap.records() : List.of());
    }

    private Router router(ClusterDefaults defaults, GroupsOnPartitions groups) {
        var newTopics = new NewTopics(settings, controller, defaults, env.entropy());
        return Handlers.router(
                new Handlers.Parts(
                        new NodeIdentity(settings.clusterId(), settings.nodeId()),
                        env,
                        metadata,
                        controller,
                        defaults,
                        quorum,
                        quorum::kraftVersion,
                        replicas,
                        groups.groups(),
                        new ProducerIds(
                                metadata,
                                controller,
                                env.newTurn("producer ids"),
                                settings.nodeId()),
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
                        newTopics::ensure,
                        new Handlers.Limits(
                                settings.integer("fetch.max.bytes", 55 << 20),
                                settings.integer(
                                        "max.incremental.fetch.session.cache.slots", 1_000),
                                settings.integer("max.request.partition.size.limit", 2_000),
                                settings.flag("unstable.api.versions.enable", false))));
    }

    /// Where requests go.
    public Router router() {
        return router;
    }

    /// Completes with the broker epoch once this node is registered and serves its partitions.
    public CompletionStage<Long> ready() {
        return ready;
    }

    /// Does what the quorum has to do. One thread, never two at a time.
    ///
    /// @return milliseconds until it wants to be stepped again, if nothing wakes the host before
    public long step() {
        long waitMs = quorum.step();
        if (!registering && quorum.leader().id() == settings.nodeId()) {
            registering = true;
            register();
            return 0;
        }
        return waitMs;
    }

    private void register() {
        controller
                .submit(image -> BrokerDecisions.register(image, registration))
                .whenComplete((epoch, failure) -> {
                    if (failure == null) {
                        keepHouse();
                        ready.complete(epoch);
                    } else {
                        ready.completeExceptionally(failure);
                    }
                });
    }

    private void keepHouse() {
        every(
                settings.number("log.flush.offset.checkpoint.interval.ms", 60_000),
                "checkpoints",
                replicas::checkpoint);
        every(
                settings.number("log.retention.check.interval.ms", 300_000),
                "retention",
                replicas::retain);
    }

    /// One run at a time: the next is scheduled when one has ended.
    private void every(long intervalMs, String what, Runnable work) {
        env.timers()
                .schedule(
                        intervalMs,
                        () ->
                                env.workers()
                                        .execute(
                                                what,
                                                () -> {
                                                    if (!closed) {
                                                        work.run();
                                                        every(intervalMs, what, work);
                                                    }
                                                }));
    }

    /// A clean stop. No request comes in and no step is taken any more.
    public void close() {
        closed = true;
        replicas.close();
        quorum.close();
    }
}
