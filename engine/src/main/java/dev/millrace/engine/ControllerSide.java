package dev.millrace.engine;

import dev.millrace.engine.api.ControllerHandlers;
import dev.millrace.engine.api.NodeIdentity;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.balance.BalanceReport;
import dev.millrace.engine.balance.Balancer;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.LivenessProbe;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.BrokerDecisions.Registration;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.BrokerLifeDecisions;
import dev.millrace.engine.metadata.BrokerSessions;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.SupportedFeatures;
import dev.millrace.engine.quorum.ActiveController;
import dev.millrace.engine.quorum.KraftQuorum;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ControllerRegistrationRequestData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a node does as a controller: answers by the controllers' listener, tells the active one where that is, and, while it leads the
/// quorum, watches over the brokers' sessions and loads.
final class ControllerSide {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerSide.class);
    private static final long REGISTRATION_MS = 5_000;

    private final NodeSettings settings;
    private final Env env;
    private final KraftQuorum quorum;
    private final Controller controller;
    private final BrokerSessions sessions;
    private final long watchMs;
    private final SuspectBrokers suspects;
    private final Router router;
    private final Metadata metadata;
    private final ActiveController active;
    private final LeaderWatch leaders;
    private final Balancer balancer;
    private final Uuid incarnation;
    private volatile boolean registering;
    private volatile boolean closed;

    ControllerSide(
            NodeSettings settings,
            Env env,
            Peers peers,
            KraftQuorum quorum,
            Metadata metadata,
            Controller controller,
            ActiveController active,
            Registration broker,
            ClusterDefaults defaults) {
        this.settings = settings;
        this.metadata = metadata;
        this.active = active;
        this.env = env;
        this.quorum = quorum;
        this.controller = controller;
        long timeoutMs = settings.number("broker.session.timeout.ms", 9_000);
        this.sessions =
                new BrokerSessions(metadata, env.clock(), env.newTurn("sessions"), timeoutMs);
        if (settings.broker()) {
            sessions.own(broker.id(), broker.incarnation());
        }
        this.watchMs = Math.clamp(timeoutMs / 4, 10, 1_000);
        this.leaders = new LeaderWatch(settings, env.clock(), metadata, controller, defaults);
        this.balancer = BalancerOfNode.make(settings, env, peers, metadata, controller, defaults);
        this.suspects =
                new SuspectBrokers(
                        metadata::image,
                        PeerAddresses.of(settings, metadata::image),
                        new LivenessProbe(peers, env.timers(), "millrace-controller"),
                        this::gone);
        controller.whenLeading(this::lookAfterAll);
        this.incarnation = env.entropy().uuid();
        this.router =
                ControllerHandlers.router(
                        new ControllerHandlers.Parts(
                                new NodeIdentity(settings.clusterId(), settings.nodeId()),
                                env.entropy(),
                                metadata,
                                controller,
                                sessions,
                                this::suspect,
                                defaults,
                                quorum,
                                quorum::kraftVersion,
                                quorum::upgrade,
                                settings.flag("unstable.api.versions.enable", false)));
    }

    Router router() {
        return router;
    }

    /// Begins to watch.
    void start() {
        env.timers().schedule(watchMs, this::watch);
    }

    private void watch() {
        if (closed) {
            return;
        }
        try {
            if (leads()) {
                for (BrokerImage broker : sessions.expired()) {
                    fence(broker);
                }
                leaders.look();
                balancer.look();
            } else {
                balancer.leave();
            }
            if (unregistered()) {
                register();
            }
        } finally { // whatever fails: brokers that die later must be fenced
            env.timers().schedule(watchMs, this::watch);
        }
    }

    private boolean unregistered() {
        MetadataImage image = metadata.image();
        var known = image.cluster().controllers().get(settings.nodeId());
        return listens()
                && !registering
                && !image.features().levels().isEmpty()
                && image.features().metadataVersion().isControllerRegistrationSupported()
                && (known == null || !known.incarnation().equals(incarnation));
    }

    /// Tells the active controller, which may be this one, where this one listens; again at the next look if that fails.
    private void register() {
        registering = true;
        active.ask((short) 0, registration(), REGISTRATION_MS)
                .whenComplete((_, _) -> registering = false);
    }

    private ControllerRegistrationRequestData registration() {
        Endpoint endpoint = settings.controllerEndpoint();
        var request =
                new ControllerRegistrationRequestData()
                        .setControllerId(settings.nodeId())
                        .setIncarnationId(incarnation);
        request.listeners()
                .add(
                        new ControllerRegistrationRequestData.Listener()
                                .setName(endpoint.listener())
                                .setHost(endpoint.host())
                                .setPort(endpoint.port())
                                .setSecurityProtocol(endpoint.securityProtocol().id));
        SupportedFeatures.RANGES.forEach((name, range) ->
                request.features()
                        .add(
                                new ControllerRegistrationRequestData.Feature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        return request;
    }

    /// False for the lone controller that has no listener of its own beside the broker's.
    private boolean listens() {
        return !settings.broker() || settings.file().containsKey("controller.listener.names");
    }

    private boolean leads() {
        return quorum.leader().id() == settings.nodeId();
    }

    /// When this node begins to lead: nobody's connections tell it of a broker that ended before.
    private void lookAfterAll() {
        if (!closed) {
            suspects.suspectAllBut(settings.broker() ? settings.nodeId() : -1);
        }
    }

    private void suspect(int brokerId) {
        if (leads() && !closed) {
            suspects.suspect(brokerId);
        }
    }

    private void gone(BrokerImage broker) {
        if (leads() && !closed) {
            LOG.warn("Broker {} cannot be reached any more: fenced", broker.id());
            sessions.end(broker.id());
            submitFence(broker);
        }
    }

    private void fence(BrokerImage broker) {
        LOG.warn("Broker {} has not been heard of within its session: fenced", broker.id());
        submitFence(broker);
    }

    /// Looked at again while it is not fenced.
    private void submitFence(BrokerImage broker) {
        controller
                .submit(image -> BrokerLifeDecisions.fence(image, broker.id(), broker.epoch()))
                .whenComplete((_, failure) -> {
                    if (failure != null) {
                        LOG.warn(
                                "Broker {} is not fenced yet: {}", broker.id(), failure.toString());
                    }
                });
    }

    BalanceReport balancing() {
        return balancer.report();
    }

    void close() {
        closed = true;
    }
}
