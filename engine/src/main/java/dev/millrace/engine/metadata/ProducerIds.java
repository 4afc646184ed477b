package dev.millrace.engine.metadata;

import dev.millrace.engine.env.Turn;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.StaleBrokerEpochException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Gives out this broker's producer ids, from a block that it asks the controller for when the last one runs out. Ids of a
/// block that was begun before a restart are not used again (P4).
///
/// **Owner.** A turn of its own; any thread may call.
public final class ProducerIds {
    private final Metadata metadata;
    private final Blocks blocks;
    private final Turn turn;
    private final int brokerId;
    private long next;
    private long end;
    private @Nullable CompletableFuture<ProducerIdDecisions.Block> asked;

    /// Where the next block comes from.
    @FunctionalInterface
    public interface Blocks {
        /// @param brokerEpoch of the broker's registration, as it knows it
        CompletionStage<ProducerIdDecisions.Block> allocate(int brokerId, long brokerEpoch);
    }

    /// With blocks from this node's own controller.
    public ProducerIds(Metadata metadata, Controller controller, Turn turn, int brokerId) {
        this(
                metadata,
                (id, epoch) ->
                        controller.submit(image -> ProducerIdDecisions.allocate(image, id, epoch)),
                turn,
                brokerId);
    }

    public ProducerIds(Metadata metadata, Blocks blocks, Turn turn, int brokerId) {
        this.metadata = metadata;
        this.blocks = blocks;
        this.turn = turn;
        this.brokerId = brokerId;
    }

    /// A producer id that nobody has had. Fails as [Controller#submit] does.
    public CompletionStage<Long> next() {
        long id = turn.take(this::take);
        if (id >= 0) {
            return CompletableFuture.completedFuture(id);
        }
        // Whoever finds the block empty again (many were waiting for it) asks for another one.
        return block().thenCompose(_ -> next());
    }

    private long take() {
        return next < end ? next++ : -1;
    }

    private CompletionStage<?> block() {
        var mine = new CompletableFuture<ProducerIdDecisions.Block>();
        @Nullable CompletableFuture<ProducerIdDecisions.Block> others =
                turn.take(() -> {
                    CompletableFuture<ProducerIdDecisions.Block> before = asked;
                    if (before == null) {
                        asked = mine;
                    }
                    return before;
                });
        if (others != null) {
            return others;
        }
        CompletionStage<ProducerIdDecisions.Block> allocated;
        try {
            allocated = blocks.allocate(brokerId, brokerEpoch());
        } catch (StaleBrokerEpochException notRegistered) {
            allocated = CompletableFuture.failedFuture(notRegistered);
        }
        allocated.whenComplete((block, failure) -> arrived(mine, block, failure));
        return mine;
    }

    private void arrived(
            CompletableFuture<ProducerIdDecisions.Block> mine,
            ProducerIdDecisions.@Nullable Block block,
            @Nullable Throwable failure) {
        turn.run(() -> {
            asked = null;
            if (block != null) {
                next = block.first();
                end = block.end();
            }
        });
        if (failure != null) {
            mine.completeExceptionally(failure);
        } else {
            mine.complete(block);
        }
    }

    private long brokerEpoch() {
        @Nullable BrokerImage self = metadata.image().cluster().broker(brokerId);
        if (self == null) {
            throw Errors.STALE_BROKER_EPOCH.exception();
        }
        return self.epoch();
    }
}
