package dev.millrace.broker;

import dev.millrace.engine.env.Peers;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.jspecify.annotations.Nullable;

/// What a new broker asks before it formats its directories: which cluster do the controllers belong to? Kafka has people
/// carry that id from node to node; here a controller founds the cluster, and a broker joins it.
final class ClusterIdQuestion {
    private static final short VERSION = 1;
    private static final byte CONTROLLERS = 2;
    private static final long ANSWER_MS = 2_000;
    private static final long PAUSE_MS = 100;

    private ClusterIdQuestion() {}

    /// Asks one controller after the other, again and again, until one answers. Blocks.
    static String ask(Peers peers, Collection<InetSocketAddress> controllers, long withinMs)
            throws StartFailed {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(withinMs);
        try {
            while (System.nanoTime() - endNs < 0) {
                for (InetSocketAddress controller : controllers) {
                    String id = askOne(peers, controller);
                    if (id != null) {
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
                "controller.quorum.voters: none of the controllers has answered within %d seconds."
                        .formatted(withinMs / 1_000));
    }

    private static @Nullable String askOne(Peers peers, InetSocketAddress controller)
            throws InterruptedException {
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
            return id == null || id.isEmpty() ? null : id;
        } catch (ExecutionException | TimeoutException e) {
            return null;
        }
    }
}
