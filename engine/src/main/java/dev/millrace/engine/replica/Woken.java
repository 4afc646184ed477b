package dev.millrace.engine.replica;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;

/// Who is to be woken once a partition's turn is over: waking inside it would send them straight into its lock.
///
/// **Owner.** The call that made it: filled in the turn, [#wake] after it.
final class Woken {
    private final List<Runnable> waiters = new ArrayList<>(0);

    void add(FetchWait fetch) {
        waiters.add(fetch::wake);
    }

    void add(InSyncProposal proposal, LeaderSurroundings around) {
        waiters.add(() -> around.proposals().accept(proposal));
    }

    void add(CompletableFuture<Errors> commit, Errors result) {
        waiters.add(() -> commit.complete(result));
    }

    void wake() {
        for (Runnable waiter : waiters) {
            waiter.run();
        }
    }
}
