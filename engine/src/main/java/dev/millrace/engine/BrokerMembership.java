package dev.millrace.engine;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.metadata.BrokerDecisions.Registration;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.SupportedFeatures;
import dev.millrace.engine.quorum.ActiveController;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A broker's place in its cluster (KIP-631): registers with the active controller, wherever that is, tells it in heartbeats that
/// it lives and how far it has followed, and asks it for leave before it stops.
///
/// ```
/// start --> registering --epoch--> heartbeats, fenced --caught up--> heartbeats: ready --leave--> last heartbeats --> gone
///               ^-- not registered any more, or another --'
/// goOn (registered by its own lone controller) ------------------------> ready
/// ```
/// Leadership of the quorum may move: the registration and its epoch stay. While the active controller is this node's own, a
/// heartbeat that could change nothing is left out.
///
/// **Owner.** A turn of its own: one request to the controller is under way at a time, each answer starts the next; and one more each
/// while another broker stops, which waits for what they say, and when other directories are cordoned.
final class BrokerMembership {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerMembership.class);
    private static final short REGISTRATION_VERSION = 4;
    private static final short HEARTBEAT_VERSION = 1;
    private static final short HEARTBEAT_WITH_CORDONED = 2;
    private static final long RETRY_MS = 100;
    private static final long FENCED_INTERVAL_MS = 25;

    /// While another broker stops: it may go when the controller has heard how far this one has followed.
    private static final long ANOTHER_STOPS_INTERVAL_MS = 50;

    /// The least that an answer is waited for, however short the session: giving up closes the connection, and the next attempt has to make
    /// one first. Kafka waits as long as for any request.
    private static final long LEAST_PATIENCE_MS = 500;

    /// Attempts in a row to take leave from a controller that does not answer; then the broker stops without.
    private static final int UNHEARD_LEAVES = 5;

    private final String clusterId;
    private final Registration self;
    private final Env env;
    private final Turn turn;
    private final Metadata metadata;
    private final ActiveController active;
    private final BrokerSession session;
    private final long cleanStopEpoch;
    private final Supplier<List<Uuid>> failedDirectories;
    private final Supplier<List<Uuid>> cordonedDirectories;
    private final long intervalMs;
    private final long patienceMs;
    private final boolean takesLeave;
    private final CompletableFuture<Long> ready = new CompletableFuture<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();

    /// Guarded by `turn`; -1 before the first registration.
    private long epoch = -1;

    private boolean leaving;

    /// Another broker is in a controlled shutdown, as the image tells; guarded by `turn`.
    private boolean anotherStops;

    /// A heartbeat is under way because of them; guarded by `turn`.
    private boolean tellsCordoned;

    private int unheard;
    private @Nullable Errors lastRefusal;

    /// @param cleanStopEpoch the epoch of the process before, which has closed every log here; -1 when it may have lost records
    BrokerMembership(
            NodeSettings settings,
            Registration self,
            Env env,
            Metadata metadata,
            ActiveController active,
            BrokerSession session,
            long cleanStopEpoch,
            Supplier<List<Uuid>> failedDirectories,
            Supplier<List<Uuid>> cordonedDirectories) {
        this.clusterId = settings.clusterId();
        this.self = self;
        this.env = env;
        this.turn = env.newTurn("membership");
        this.metadata = metadata;
        this.active = active;
        this.session = session;
        this.cleanStopEpoch = cleanStopEpoch;
        this.failedDirectories = failedDirectories;
        this.cordonedDirectories = cordonedDirectories;
        this.intervalMs = settings.integer("broker.heartbeat.interval.ms", 2_000);
        this.patienceMs =
                Math.max(
                        LEAST_PATIENCE_MS,
                        settings.integer("broker.session.timeout.ms", 9_000) / 4);
        this.takesLeave = settings.flag("controlled.shutdown.enable", true);
        metadata.listen(_ -> becomeReady());
        metadata.listen(_ -> seeWhoStops());
        metadata.listen(_ -> tellCordoned());
    }

    /// Completes with the broker epoch when this broker is registered, unfenced, and knows it by its own image; fails when it
    /// cannot belong to this cluster.
    CompletionStage<Long> ready() {
        return ready;
    }

    private void becomeReady() {
        long mine = turn.take(() -> epoch);
        @Nullable BrokerImage broker = metadata.image().cluster().broker(self.id());
        if (mine >= 0 && broker != null && broker.epoch() == mine && !broker.fenced()) {
            ready.complete(mine);
        }
    }

    /// A broker that stops waits until all others have followed past its shutdown; their next heartbeats may be seconds away.
    private void seeWhoStops() {
        boolean now =
                metadata.image().cluster().brokers().values().stream()
                        .anyMatch(each ->
                                each.id() != self.id()
                                        && each.inControlledShutdown()
                                        && !each.fenced());
        boolean begins =
                turn.take(() -> {
                    boolean changed = now && !anotherStops;
                    anotherStops = now;
                    return changed;
                });
        if (begins) {
            tellHowFar();
        }
    }

    /// Heartbeats beside the usual ones, for as long as another broker stops; their answers start nothing else.
    private void tellHowFar() {
        boolean wanted = turn.take(() -> anotherStops && epoch >= 0 && !leaving);
        if (wanted && !active.here()) {
            askOnce(heartbeat(false))
                    .whenComplete((_, _) -> later(ANOTHER_STOPS_INTERVAL_MS, this::tellHowFar));
        }
    }

    /// A heartbeat beside the usual ones, as soon as other directories than the controller knows take no new partition: who has said so
    /// expects it from then on.
    private void tellCordoned() {
        boolean begins =
                cordonedToTell() != null
                        && turn.take(() -> {
                            boolean first = !tellsCordoned && !leaving;
                            tellsCordoned |= first;
                            return first;
                        });
        if (begins) {
            askOnce(heartbeat(false))
                    .whenComplete((_, failure) -> {
                        turn.run(() -> tellsCordoned = false);
                        // The usual heartbeats tell it to the next controller.
                        later(
                                failure == null ? ANOTHER_STOPS_INTERVAL_MS : intervalMs,
                                this::tellCordoned);
                    });
        }
    }

    /// Null while the controller knows them, or could not keep them; and before the image says who this broker is.
    private @Nullable List<Uuid> cordonedToTell() {
        MetadataImage image = metadata.image();
        @Nullable BrokerImage broker = image.cluster().broker(self.id());
        if (broker == null
                || broker.epoch() != turn.take(() -> epoch)
                || !image.features().metadataVersion().isCordonedLogDirsSupported()) {
            return null;
        }
        List<Uuid> now = cordonedDirectories.get();
        return broker.hasCordoned(now) ? null : now;
    }

    private CompletionStage<ApiMessage> askOnce(BrokerHeartbeatRequestData heartbeat) {
        return active.askOnce(version(heartbeat), heartbeat, patienceMs);
    }

    private static short version(BrokerHeartbeatRequestData heartbeat) {
        return heartbeat.cordonedLogDirs() == null ? HEARTBEAT_VERSION : HEARTBEAT_WITH_CORDONED;
    }

    /// Goes on as a broker that is registered already.
    void goOn(long registeredEpoch) {
        turn.run(() -> epoch = registeredEpoch);
        session.heard(env.clock().monotonicMs());
        ready.complete(registeredEpoch);
        tellCordoned();
        later(intervalMs, this::heartbeat);
    }

    void start() {
        active.ask(REGISTRATION_VERSION, registration(), patienceMs)
                .whenComplete((response, failure) -> {
                    if (failure != null) {
                        later(RETRY_MS, this::start);
                    } else {
                        registered((BrokerRegistrationResponseData) response);
                    }
                });
    }

    private void registered(BrokerRegistrationResponseData response) {
        Errors error = Errors.forCode(response.errorCode());
        switch (error) {
            case NONE -> {
                turn.run(() -> epoch = response.brokerEpoch());
                becomeReady();
                heartbeat();
            }
            case INCONSISTENT_CLUSTER_ID, UNSUPPORTED_VERSION, INVALID_REQUEST -> {
                LOG.error("The controller refuses broker {}: {}", self.id(), error.message());
                boolean starts = ready.completeExceptionally(error.exception());
                // One that was ready may be taken again, by another controller or at other
                // features.
                if (!starts) {
                    later(intervalMs, this::start);
                }
            }
            default -> { // most of all: the process before this one is within its session
                sayOnce(error);
                later(RETRY_MS, this::start);
            }
        }
    }

    private void sayOnce(Errors error) {
        if (lastRefusal != error) {
            lastRefusal = error;
            LOG.info("Broker {} is not registered yet: {}", self.id(), error);
        }
    }

    private BrokerRegistrationRequestData registration() {
        var request =
                new BrokerRegistrationRequestData()
                        .setBrokerId(self.id())
                        .setClusterId(clusterId)
                        .setIncarnationId(self.incarnation())
                        .setRack(self.rack())
                        .setPreviousBrokerEpoch(cleanStopEpoch)
                        .setLogDirs(self.directories());
        for (Endpoint endpoint : self.endpoints()) {
            request.listeners()
                    .add(
                            new BrokerRegistrationRequestData.Listener()
                                    .setName(endpoint.listener())
                                    .setHost(endpoint.host())
                                    .setPort(endpoint.port())
                                    .setSecurityProtocol(endpoint.securityProtocol().id));
        }
        SupportedFeatures.RANGES.forEach((name, range) ->
                request.features()
                        .add(
                                new BrokerRegistrationRequestData.Feature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        return request;
    }

    private void heartbeat() {
        long now = env.clock().monotonicMs();
        if (active.here() && standsWell()) {
            session.heard(now);
            later(intervalMs, this::heartbeat);
        } else if (!turn.take(() -> leaving)) {
            BrokerHeartbeatRequestData heartbeat = heartbeat(false);
            active.ask(version(heartbeat), heartbeat, patienceMs)
                    .whenComplete((response, failure) -> heard(now, response, failure));
        }
    }

    private boolean standsWell() {
        @Nullable BrokerImage broker = metadata.image().cluster().broker(self.id());
        return broker != null
                && !broker.fenced()
                && broker.epoch() == turn.take(() -> epoch)
                && failedDirectories.get().stream().noneMatch(broker.directories()::contains)
                && cordonedToTell() == null;
    }

    private BrokerHeartbeatRequestData heartbeat(boolean wantShutDown) {
        return new BrokerHeartbeatRequestData()
                .setBrokerId(self.id())
                .setBrokerEpoch(turn.take(() -> epoch))
                .setCurrentMetadataOffset(metadata.image().offset())
                .setOfflineLogDirs(failedDirectories.get())
                .setCordonedLogDirs(cordonedToTell())
                .setWantShutDown(wantShutDown);
    }

    private void heard(long since, @Nullable ApiMessage response, @Nullable Throwable failure) {
        if (turn.take(() -> leaving)) {
            return; // what was under way when the stop began
        }
        if (failure != null || response == null) {
            LOG.warn("No controller has heard broker {}: {}", self.id(), String.valueOf(failure));
            later(RETRY_MS, this::heartbeat);
            return;
        }
        var answer = (BrokerHeartbeatResponseData) response;
        switch (Errors.forCode(answer.errorCode())) {
            case NONE -> {
                if (!answer.isFenced()) { // nor before it has heard who leads since
                    session.heard(since);
                }
                later(answer.isFenced() ? FENCED_INTERVAL_MS : intervalMs, this::heartbeat);
            }
            case BROKER_ID_NOT_REGISTERED -> later(RETRY_MS, this::start);
            // Another process has registered by this id. It may be dead, and its request late;
            // while it lives, the controller refuses this one.
            case STALE_BROKER_EPOCH -> later(intervalMs, this::start);
            case Errors error -> {
                LOG.warn("The heartbeat of broker {} is refused: {}", self.id(), error);
                later(intervalMs, this::heartbeat);
            }
        }
    }

    private void later(long delayMs, Runnable next) {
        env.timers().schedule(delayMs, next);
    }

    /// Asks for leave, so that other brokers lead what this one led before it stops; unless `controlled.shutdown.enable` is off: then
    /// it just goes, and clients learn of it when its connections end.
    ///
    /// @return completes, always, when the broker may stop: it has leave or wants none, the time is over, or no controller answers
    CompletionStage<Void> leave(long withinMs) {
        boolean registered =
                turn.take(() -> {
                    leaving = true;
                    return epoch >= 0;
                });
        if (registered && takesLeave) {
            later(withinMs, () -> left.complete(null));
            askLeave();
        } else {
            left.complete(null);
        }
        return left;
    }

    private void askLeave() {
        if (!left.isDone()) {
            askOnce(heartbeat(true)).whenComplete(this::leaveAnswered);
        }
    }

    private void leaveAnswered(@Nullable ApiMessage response, @Nullable Throwable failure) {
        var answer = failure == null ? (BrokerHeartbeatResponseData) response : null;
        boolean heard = answer != null;
        unheard = heard ? 0 : unheard + 1;
        boolean gone = answer != null && (answer.shouldShutDown() || answer.errorCode() != 0);
        if (gone || unheard >= UNHEARD_LEAVES) {
            left.complete(null);
        } else {
            later(heard ? FENCED_INTERVAL_MS : RETRY_MS, this::askLeave);
        }
    }
}
