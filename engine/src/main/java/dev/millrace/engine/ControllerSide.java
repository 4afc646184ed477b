package dev.millrace.engine;

import dev.millrace.engine.api.ControllerHandlers;
import dev.millrace.engine.api.NodeIdentity;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.metadata.BrokerDecisions;
import dev.millrace.engine.metadata.BrokerDecisions.Registration;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.BrokerLifeDecisions;
import dev.millrace.engine.metadata.BrokerSessions;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.quorum.KraftQuorum;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a node does as a controller: answers by the controllers' listener and, while it leads the quorum, watches over the
/// brokers' sessions.
final class ControllerSide {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerSide.class);

    private final NodeSettings settings;
    private final Env env;
    private final KraftQuorum quorum;
    private final Controller controller;
    private final BrokerSessions sessions;
    private final long watchMs;
    private final Router router;
    private final Registration self;
    private volatile int registeredInEpoch = -1;
    private volatile boolean closed;

    ControllerSide(
            NodeSettings settings,
            Env env,
            KraftQuorum quorum,
            Metadata metadata,
            Controller controller,
            ClusterDefaults defaults) {
        this.settings = settings;
        this.env = env;
        this.quorum = quorum;
        this.controller = controller;
        long timeoutMs = settings.number("broker.session.timeout.ms", 9_000);
        this.sessions =
                new BrokerSessions(metadata, env.clock(), env.newTurn("sessions"), timeoutMs);
        this.watchMs = Math.clamp(timeoutMs / 4, 10, 1_000);
        this.self =
                new Registration(
                        settings.nodeId(),
                        env.entropy().uuid(),
                        List.of(settings.controllerEndpoint()),
                        null,
                        List.of());
        this.router =
                ControllerHandlers.router(
                        new ControllerHandlers.Parts(
                                new NodeIdentity(settings.clusterId(), settings.nodeId()),
                                env.entropy(),
                                metadata,
                                controller,
                                sessions,
                                defaults,
                                quorum,
                                quorum::kraftVersion,
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
        if (quorum.leader().id() == settings.nodeId()) {
            register();
            for (BrokerImage broker : sessions.expired()) {
                fence(broker);
            }
        }
        env.timers().schedule(watchMs, this::watch);
    }

    /// The active controller tells where it listens, if anywhere; a standby asks the active one to write that down.
    private void register() {
        int epoch = quorum.leader().epoch();
        if (listens() && registeredInEpoch != epoch) {
            registeredInEpoch = epoch;
            controller
                    .submit(image -> BrokerDecisions.registerController(image, self))
                    .whenComplete((_, failure) -> {
                        if (failure != null) {
                            registeredInEpoch = -1;
                        }
                    });
        }
    }

    /// False for the lone controller that has no listener of its own beside the broker's.
    private boolean listens() {
        return !settings.broker() || settings.file().containsKey("controller.listener.names");
    }

    private void fence(BrokerImage broker) {
        // The broker of this very process lives as long as its controller does, and sends no
        // heartbeats.
        if (!settings.broker() || broker.id() != settings.nodeId()) {
            LOG.warn("Broker {} has not been heard of within its session: fenced", broker.id());
            controller.submit(
                    image -> BrokerLifeDecisions.fence(image, broker.id(), broker.epoch()));
        }
    }

    void close() {
        closed = true;
    }
}
