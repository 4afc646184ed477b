package dev.millrace.engine.quorum;

import dev.millrace.engine.env.LivenessProbe;
import dev.millrace.engine.env.Peers;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Finds out early that the leader's process has ended; the quorum's own sign is silence for `controller.quorum.fetch.timeout.ms`.
///
/// ```
///   a connection to the leader has ended, or was refused --> asks it --answers, or is silent--> the timeout counts
///                                                              `--cannot be reached--> the followers stop waiting for it
/// ```
/// A mistake costs a refused vote at most: who still hears the leader grants no vote before one is due (KIP-996).
///
/// **Owner.** Any thread; one leader is asked at a time.
final class SuspectLeader {
    private final Supplier<QuorumLeader> leader;
    private final LivenessProbe probe;
    private final Consumer<QuorumLeader> ended;
    private final AtomicBoolean asking = new AtomicBoolean();

    /// @param ended is told who has led, and led still when it could not be reached
    SuspectLeader(
            Supplier<QuorumLeader> leader, LivenessProbe probe, Consumer<QuorumLeader> ended) {
        this.leader = leader;
        this.probe = probe;
        this.ended = ended;
    }

    /// A request to that node has failed, and not because its time was over.
    void lost(int nodeId, Peers.Address address) {
        QuorumLeader suspect = leader.get();
        if (suspect.id() != nodeId || !asking.compareAndSet(false, true)) {
            return;
        }
        probe.probe(
                address,
                () -> leader.get().equals(suspect),
                outcome -> {
                    asking.set(false);
                    if (outcome == LivenessProbe.Outcome.ENDED) {
                        ended.accept(suspect);
                    }
                });
    }
}
