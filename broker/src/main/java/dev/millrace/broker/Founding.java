package dev.millrace.broker;

import dev.millrace.broker.ClusterIdQuestion.Answer;
import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.ListenerSpec;
import dev.millrace.broker.net.Connections;
import dev.millrace.engine.api.ControllerHandlers;
import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Peers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How several new controllers with fixed voters agree on the id of their cluster
/// ([decision 9](../docs/decisions/0009-who-founds-a-cluster.md)).
///
/// ```
/// new --another voter names a cluster--> that cluster's
/// new, the lowest id, every other voter is there and new too --draws an id--> founder
/// new, otherwise --> asks again; says meanwhile, to who asks, that it is new
/// ```
/// **Owner.** The thread that starts the broker.
final class Founding {
    private static final Logger LOG = LoggerFactory.getLogger(Founding.class);
    private static final long PAUSE_MS = 50;
    private static final long FIRST_SAY_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long SAY_NS = TimeUnit.SECONDS.toNanos(30);

    private final BrokerConfig config;
    private final Peers peers;
    private final Supplier<String> draw;
    private final Consumer<Invariant.Broken> stopTheProcess;

    /// @param draw a new id
    Founding(
            BrokerConfig config,
            Peers peers,
            Supplier<String> draw,
            Consumer<Invariant.Broken> stopTheProcess) {
        this.config = config;
        this.peers = peers;
        this.draw = draw;
        this.stopTheProcess = stopTheProcess;
    }

    /// Blocks until the cluster is known. Answers by the controllers' listener meanwhile, and gives that up before it returns.
    String clusterId(long withinMs) throws StartFailed, IOException {
        var connections = Connections.quiet(config.network());
        try (var door = new Doorstep(connections, stopTheProcess)) {
            for (ListenerSpec spec : config.listeners()) {
                if (spec.controller()) {
                    door.bind(spec, ControllerHandlers.routerOfNoCluster(config.nodeId()));
                }
            }
            door.open();
            return ask(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(withinMs));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailed("The start was interrupted.", e);
        } finally {
            hangUp(connections);
        }
    }

    /// Peers that go on using a connection would be told for ever that this node is new.
    private static void hangUp(Connections connections) throws StartFailed {
        try {
            connections.stop(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailed("The start was interrupted.", e);
        }
    }

    private String ask(long endNs) throws InterruptedException, StartFailed {
        long sayNs = System.nanoTime() + FIRST_SAY_NS;
        while (true) {
            List<String> silent = new ArrayList<>();
            for (var voter : config.quorum().fixed().entrySet()) {
                if (voter.getKey() != config.nodeId()) {
                    Answer answer = ClusterIdQuestion.askOne(peers, voter.getValue());
                    if (answer instanceof Answer.Cluster(String id)) {
                        return id;
                    }
                    if (answer instanceof Answer.Silence) {
                        silent.add(named(voter.getKey(), voter.getValue()));
                    }
                }
            }
            boolean first = config.quorum().fixed().firstKey() == config.nodeId();
            if (first && silent.isEmpty()) {
                return draw.get();
            }
            long nowNs = System.nanoTime();
            if (nowNs - endNs >= 0) {
                throw new StartFailed(
                        "controller.quorum.voters: a new cluster begins when all its controllers are there; no answer from %s."
                                .formatted(String.join(", ", silent)));
            }
            if (nowNs - sayNs >= 0) {
                sayNs = nowNs + SAY_NS;
                LOG.warn(
                        "A new cluster begins when all its controllers are there; waiting for {}",
                        silent.isEmpty() ? "its first one to begin" : String.join(", ", silent));
            }
            Thread.sleep(PAUSE_MS);
        }
    }

    private static String named(int id, InetSocketAddress address) {
        return id + "@" + address.getHostString() + ":" + address.getPort();
    }
}
