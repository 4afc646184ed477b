package dev.millrace.engine;

import dev.millrace.engine.api.Router;
import dev.millrace.engine.balance.BalanceReport;
import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.lag.GroupLags;
import dev.millrace.engine.log.LostRange;
import dev.millrace.engine.metadata.Bootstrap;
import dev.millrace.engine.metadata.BrokerDecisions;
import dev.millrace.engine.metadata.BrokerDecisions.Registration;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.SnapshotSchedule;
import dev.millrace.engine.quorum.ActiveController;
import dev.millrace.engine.quorum.KraftQuorum;
import dev.millrace.engine.quorum.QuorumFormat;
import dev.millrace.engine.quorum.QuorumLeader;
import dev.millrace.engine.replica.CleanerReport;
import dev.millrace.engine.replica.LogDirectory;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// One node: a broker, a controller, or both.
///
/// ```
/// both, alone: open -> step, step, ... -> elected -> registered: ready -> step, ... -> close
/// controller:  open -> step: ready, step, ... -> leave -> close
/// others:      open -> step, ... -> registered with the active controller -> unfenced: ready -> step, ... -> leave -> close
/// ```
/// A broker whose own controller is the only voter needs nobody's leave to serve, and nobody could lead in its place.
///
/// The host calls [#step()] on one thread whenever the quorum wants it; everything else comes in through [#router()] and
/// [#controllerRouter()].
public final class Node {
    private final NodeSettings settings;
    private final Env env;
    private final KraftQuorum quorum;
    private final ClusterDefaults defaults;
    private final Metadata metadata;
    private final Controller controller;
    private final @Nullable BrokerSide broker;
    private final @Nullable ControllerSide controllerSide;

    /// Of a broker.
    private final @Nullable BrokerMembership membership;

    /// Of a broker.
    private final @Nullable CatchUp catchUp;

    private final Registration registration;
    private final CompletableFuture<Long> ready = new CompletableFuture<>();

    /// What the first leader of a new cluster begins with, as it was formatted; empty when nothing was said.
    private final List<ApiMessageAndVersion> beginning;

    private boolean begun;

    /// Whether this node is the only voter; that may change while it runs.
    private volatile boolean alone;

    /// Opens a node; nothing happens before the first step.
    ///
    /// @param directories for the partitions' logs; none for a controller that is no broker
    /// @param metadataDirectory for the metadata log; may be one of `directories`
    /// @param wakeHost called by any thread when there is a reason to step
    /// @throws IOException when a directory cannot be read
    public static Node open(
            NodeSettings settings,
            Env env,
            Peers peers,
            List<LogDirectory> directories,
            LogDirectory metadataDirectory,
            Runnable wakeHost)
            throws IOException {
        var quorum =
                KraftQuorum.open(
                        settings.quorum(metadataDirectory.id()),
                        env,
                        peers,
                        metadataDirectory.storage(),
                        wakeHost);
        return new Node(
                settings,
                env,
                peers,
                quorum,
                directories,
                metadataDirectory.id(),
                QuorumFormat.beginning(metadataDirectory.storage()));
    }

    private Node(
            NodeSettings settings,
            Env env,
            Peers peers,
            KraftQuorum quorum,
            List<LogDirectory> directories,
            Uuid metadataDirectory,
            List<ApiMessageAndVersion> beginning)
            throws IOException {
        this.settings = settings;
        this.beginning = beginning;
        this.env = env;
        this.quorum = quorum;
        this.defaults = ClusterDefaults.of(settings.nodeId(), settings.file());
        this.metadata = new Metadata(env.newTurn("metadata"));
        this.controller = controller();
        var active =
                new ActiveController(
                        quorum,
                        peers,
                        env.clock(),
                        env.timers(),
                        new OwnController(settings, this::controllerRouter));
        this.registration =
                new Registration(
                        settings.nodeId(),
                        env.entropy().uuid(),
                        settings.advertised(),
                        settings.rack(),
                        directories.stream().map(LogDirectory::id).toList());
        var session =
                new BrokerSession(
                        env.clock(), settings.integer("broker.session.timeout.ms", 9_000));
        this.broker =
                settings.broker()
                        ? new BrokerSide(
                                settings,
                                env,
                                peers,
                                quorum,
                                metadata,
                                controller,
                                active,
                                session,
                                defaults,
                                registration.incarnation(),
                                directories,
                                metadataDirectory)
                        : null;
        this.controllerSide =
                settings.controller()
                        ? new ControllerSide(
                                settings,
                                env,
                                peers,
                                quorum,
                                metadata,
                                controller,
                                active,
                                registration,
                                defaults)
                        : null;
        this.membership =
                broker != null
                        ? new BrokerMembership(
                                settings,
                                registration,
                                env,
                                metadata,
                                active,
                                session,
                                broker.cleanStopEpoch(),
                                broker::failedDirectories,
                                broker::cordonedDirectories)
                        : null;
        this.catchUp = broker == null ? null : new CatchUp(settings.nodeId(), broker::offline);
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
                this::firstRecords);
    }

    private List<ApiMessageAndVersion> firstRecords(MetadataImage image) {
        if (!image.features().levels().isEmpty()) {
            return List.of();
        }
        List<ApiMessageAndVersion> formatted =
                controller.formatted().isEmpty() ? beginning : controller.formatted();
        return formatted.isEmpty()
                ? Bootstrap.records(
                        MetadataVersion.LATEST_PRODUCTION,
                        settings.featuresOfANewCluster(),
                        settings.integer("min.insync.replicas", 1))
                : Bootstrap.asFormatted(formatted, settings.integer("min.insync.replicas", 1));
    }

    /// Where the requests of clients go; not on a controller that is no broker.
    public Router router() {
        return Objects.requireNonNull(broker, "not a broker").router();
    }

    /// The groups that this broker coordinates; not on a controller that is no broker.
    public Groups groups() {
        return Objects.requireNonNull(broker, "not a broker").groups();
    }

    /// The transactional ids that this broker coordinates; not on a controller that is no broker.
    public Transactions transactions() {
        return Objects.requireNonNull(broker, "not a broker").transactions();
    }

    /// How far the groups are behind; not on a controller that is no broker.
    public GroupLags lags() {
        return Objects.requireNonNull(broker, "not a broker").lags();
    }

    /// Names log directories that are configured and cannot be used in this run: the node describes them as failed. Before anybody asks it;
    /// not on a controller that is no broker.
    ///
    /// @param paths as [LogDirectory#path()]
    public void goWithout(List<String> paths) {
        Objects.requireNonNull(broker, "not a broker").goWithout(paths);
    }

    /// What is known to be lost of this broker's records, by partition; not on a controller that is no broker.
    public SortedMap<TopicPartition, List<LostRange>> lost() {
        return Objects.requireNonNull(broker, "not a broker").lost();
    }

    /// This broker's partitions whose log cannot be used; not on a controller that is no broker.
    public SortedSet<TopicPartition> offline() {
        return Objects.requireNonNull(broker, "not a broker").offline();
    }

    /// What compaction does here; not on a controller that is no broker.
    public CleanerReport compaction() {
        return Objects.requireNonNull(broker, "not a broker").cleaner().report();
    }

    /// What balancing does here; null on a node that is no controller. Any thread.
    public @Nullable BalanceReport balancing() {
        return controllerSide == null ? null : controllerSide.balancing();
    }

    /// Whether the quorum has a leader, as far as this node knows; any thread.
    public boolean leaderKnown() {
        return quorum.leader().id() != QuorumLeader.NONE;
    }

    /// Who leads the quorum, as far as this node knows; any thread.
    public QuorumLeader quorumLeader() {
        return quorum.leader();
    }

    /// What this node knows of the cluster; any thread.
    public MetadataImage image() {
        return metadata.image();
    }

    /// What is set for this broker at the moment: for it, for all brokers, or in its file, in that order. Any thread.
    public String brokerSetting(String key, String otherwise) {
        return defaults.broker(metadata.image().configs(), key, otherwise);
    }

    /// How many partitions this broker has at hand so far, 0 on a controller that is no broker; any thread.
    public int openPartitions() {
        return broker == null ? 0 : broker.openPartitions();
    }

    /// Where the requests of brokers and of other controllers go; not on a broker that is no controller.
    public Router controllerRouter() {
        return Objects.requireNonNull(controllerSide, "not a controller").router();
    }

    /// By which the metadata know this process of the broker.
    public Uuid incarnation() {
        return registration.incarnation();
    }

    /// Completes with the broker epoch once this node is registered and serves its partitions; on a controller that is no
    /// broker, with -1 once it takes part in the quorum.
    public CompletionStage<Long> ready() {
        return ready;
    }

    /// Why clients should not be sent here at the moment, in words; null when they may. Any thread.
    ///
    /// A broker that starts is ready once its replicas are in sync, see [CatchUp]: who restarts one after the other may stop the next.
    /// It stays ready while the quorum has no leader: it serves what it leads all the same.
    public @Nullable String notReady() {
        if (!ready.isDone() || ready.isCompletedExceptionally()) {
            return leaderKnown()
                    ? "it is not registered yet, or has not caught up with the metadata log"
                    : "the metadata log has no leader yet";
        }
        MetadataImage image = metadata.image();
        var self = image.cluster().broker(settings.nodeId());
        if (self == null || self.fenced()) {
            return "the controller has fenced it";
        }
        return catchUp == null ? null : catchUp.waitsFor(image);
    }

    /// Does what the quorum has to do. One thread, never two at a time.
    ///
    /// @return milliseconds until it wants to be stepped again, if nothing wakes the host before
    public long step() {
        long waitMs = quorum.step();
        alone = settings.controller() && quorum.onlyVoter();
        return !begun && begin() ? 0 : waitMs;
    }

    /// What comes after the first step, or, where the broker's own controller is the only voter, after it was elected.
    private boolean begin() {
        begun = !alone || !settings.broker() || quorum.leader().id() == settings.nodeId();
        if (begun) {
            if (controllerSide != null) {
                controllerSide.start();
            }
            if (membership == null) {
                ready.complete(-1L);
            } else {
                membership.ready().whenComplete(this::registered);
                if (alone) {
                    registerHere(membership);
                } else {
                    membership.start();
                }
            }
        }
        return begun;
    }

    private void registerHere(BrokerMembership waiting) {
        boolean asLeft = broker != null && broker.asLeft();
        controller
                .submitPatiently(image ->
                        asLeft
                                ? BrokerDecisions.registerAsLeft(image, registration)
                                : BrokerDecisions.register(image, registration))
                .whenComplete((epoch, failure) -> {
                    if (failure == null) {
                        waiting.goOn(epoch);
                    } else {
                        ready.completeExceptionally(failure);
                    }
                });
    }

    private void registered(@Nullable Long epoch, @Nullable Throwable failure) {
        if (failure == null && broker != null) {
            broker.keepHouse();
            ready.complete(epoch);
        } else {
            ready.completeExceptionally(Objects.requireNonNull(failure));
        }
    }

    /// Before a clean stop, while requests are still answered and steps taken: lets others lead what this broker leads, and then
    /// the quorum, where this node leads it.
    ///
    /// @return completes, always, when the node may stop
    public CompletionStage<Void> leave(long withinMs) {
        CompletionStage<Void> left =
                membership == null || !othersServe()
                        ? CompletableFuture.completedFuture(null)
                        : membership.leave(withinMs);
        return alone ? left : left.thenCompose(_ -> new Resignation(quorum, env).within(withinMs));
    }

    /// Whether another broker could lead what this one leads. The only voter knows who is up; what another knows is not asked.
    private boolean othersServe() {
        return !alone
                || metadata.image().cluster().brokers().values().stream()
                        .anyMatch(each -> each.id() != settings.nodeId() && each.active());
    }

    /// A clean stop. No request comes in and no step is taken any more.
    public void close() {
        if (controllerSide != null) {
            controllerSide.close();
        }
        if (broker != null) {
            broker.close();
        }
        quorum.close();
    }
}
