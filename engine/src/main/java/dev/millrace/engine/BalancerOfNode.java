package dev.millrace.engine;

import dev.millrace.engine.balance.BalanceRules;
import dev.millrace.engine.balance.Balancer;
import dev.millrace.engine.balance.Figures;
import dev.millrace.engine.balance.Move;
import dev.millrace.engine.balance.Questions;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.BalanceDecisions;
import dev.millrace.engine.metadata.BalanceDecisions.Target;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Metadata;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Balancing, put together for one node: it asks brokers where they are reached by brokers, and decides by the node's controller.
final class BalancerOfNode {
    private BalancerOfNode() {}

    static Balancer make(
            NodeSettings settings,
            Env env,
            Peers peers,
            Metadata metadata,
            Controller controller,
            ClusterDefaults defaults) {
        var addresses = PeerAddresses.of(settings, metadata::image);
        return new Balancer(
                metadata::image,
                () -> BalanceRules.of(metadata.image(), defaults),
                broker -> ask(peers, addresses.of(broker)),
                new ByController(controller),
                env.clock(),
                env.newTurn("balancing"));
    }

    private record ByController(Controller controller) implements Balancer.Decisions {
        @Override
        public CompletionStage<List<TopicPartition>> begin(List<Move> moves, long bytesPerSecond) {
            return controller.submit(
                    image -> BalanceDecisions.move(image, targets(moves), bytesPerSecond));
        }

        @Override
        public void end() {
            controller.submit(BalanceDecisions::end);
        }
    }

    private static CompletionStage<Map<TopicPartition, Figures>> ask(
            Peers peers, Peers.@Nullable Address address) {
        return address == null
                ? CompletableFuture.failedFuture(new IllegalStateException("it is not reachable"))
                : Questions.ask(peers, address);
    }

    private static List<Target> targets(List<Move> moves) {
        return moves.stream()
                .map(move -> new Target(move.partition(), move.from(), move.to()))
                .toList();
    }
}
