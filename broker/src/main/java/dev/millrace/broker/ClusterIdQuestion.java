package dev.millrace.broker;

import dev.millrace.broker.config.QuorumVoters;
import dev.millrace.engine.env.Peers;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;

/// What a new broker asks before it formats its directories: which cluster do the controllers belong to? Kafka has people
/// carry that id from node to node; here a controller founds the cluster, and a broker joins it.
final class ClusterIdQuestion {
    private static final short VERSION = 1;
    private static final byte CONTROLLERS = 2;
    private static final long ANSWER_MS = 2_000;
    private static final long PAUSE_MS = 100;

    private ClusterIdQuestion() {}

    /// What one controller says, or does not.
    sealed interface Answer {
        /// It belongs to that cluster.
        record Cluster(String id) implements Answer {}

        /// It is there, and belongs to no cluster yet.
        record None() implements Answer {}

        /// It has not answered.
        record Silence() implements Answer {}
    }

    /// Asks one controller after the other, again and again, until one answers. Blocks.
    ///
    /// @param hint what else could be done, for the sentence at the end
    static String ask(Peers peers, QuorumVoters controllers, long withinMs, String hint)
            throws StartFailed {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(withinMs);
        try {
            while (System.nanoTime() - endNs < 0) {
                for (InetSocketAddress controller : controllers.addresses()) {
                    if (askOne(peers, controller) instanceof Answer.Cluster(String id)) {
                        return id;
                    }
                }
                Thread.sleep(PAUSE_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailed("The start was interrupted.", e);
        }
        throw new StartFailed(
                "%s: none of the controllers has named its cluster within %d seconds%s."
                        .formatted(controllers.key(), withinMs / 1_000, hint));
    }

    static Answer askOne(Peers peers, InetSocketAddress controller) throws InterruptedException {
        try {
            var answer =
                    peers.send(
                                    new Peers.Address(
                                            controller.getHostString(), controller.getPort()),
                                    VERSION,
                                    new DescribeClusterRequestData().setEndpointType(CONTROLLERS),
                                    ANSWER_MS)
                            .toCompletableFuture()
                            .get(2 * ANSWER_MS, TimeUnit.MILLISECONDS);
            String id = ((DescribeClusterResponseData) answer).clusterId();
            return id == null || id.isEmpty() ? new Answer.None() : new Answer.Cluster(id);
        } catch (ExecutionException | TimeoutException e) {
            return new Answer.Silence();
        }
    }
}
