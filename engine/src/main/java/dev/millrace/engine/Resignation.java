package dev.millrace.engine;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.quorum.KraftQuorum;
import dev.millrace.engine.quorum.QuorumLeader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The end of leadership before a clean stop: the other voters elect at once, and need not find out by silence.
record Resignation(KraftQuorum quorum, Env env) {
    private static final long LOOK_MS = 5;

    /// The others elect within milliseconds, or are not there: when a whole cluster is stopped nobody waits longer for them.
    private static final long LONGEST_MS = 1_000;

    /// While steps are taken.
    ///
    /// @return completes, always: when another leads, when this node does not lead, or when the time is over
    CompletionStage<Void> within(long withinMs) {
        var done = new CompletableFuture<Void>();
        QuorumLeader leader = quorum.leader();
        if (leader.id() != quorum.nodeId()) {
            done.complete(null);
            return done;
        }
        quorum.resign(leader.epoch());
        look(env.clock().monotonicMs() + Math.min(withinMs, LONGEST_MS), done);
        return done;
    }

    private void look(long endMs, CompletableFuture<Void> done) {
        QuorumLeader leader = quorum.leader();
        boolean another = leader.known() && leader.id() != quorum.nodeId();
        if (another || env.clock().monotonicMs() >= endMs) {
            done.complete(null);
        } else {
            env.timers().schedule(LOOK_MS, () -> look(endMs, done));
        }
    }
}
