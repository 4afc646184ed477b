package dev.millrace.broker;

import dev.millrace.engine.Node;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Waits until a node serves its partitions. Says now and then how far it is: after a crash all logs are checked, which takes as
/// long as it takes. A quorum without a leader, on the other hand, is given up.
///
/// @param stepMs between two messages
/// @param stepsWithoutLeader after so many steps without a leader the start has failed
record StartWait(long stepMs, int stepsWithoutLeader) {
    static final StartWait USUAL = new StartWait(10_000, 12);

    /// How far a start is.
    interface Progress {
        boolean leaderKnown();

        int openPartitions();
    }

    static Progress of(Node node) {
        return new Progress() {
            @Override
            public boolean leaderKnown() {
                return node.leaderKnown();
            }

            @Override
            public int openPartitions() {
                return node.openPartitions();
            }
        };
    }

    void await(CompletionStage<?> ready, Progress progress, Consumer<String> say)
            throws StartFailed {
        for (int step = 1; !ready(ready); step++) {
            if (progress.leaderKnown()) {
                say.accept(
                        "Still starting after %d s: %,d partitions are open"
                                .formatted(step * stepMs / 1_000, progress.openPartitions()));
            } else if (step >= stepsWithoutLeader) {
                throw new StartFailed(
                        "Cannot start: the metadata log has no leader after %d s; are the other controllers of controller.quorum.voters running?"
                                .formatted(step * stepMs / 1_000));
            }
        }
    }

    private boolean ready(CompletionStage<?> ready) throws StartFailed {
        try {
            ready.toCompletableFuture().get(stepMs, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailed("The start was interrupted.", e);
        } catch (ExecutionException e) {
            throw new StartFailed("Cannot start: " + e.getCause(), e);
        }
    }
}
