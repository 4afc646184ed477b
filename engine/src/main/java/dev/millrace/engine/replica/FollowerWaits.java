package dev.millrace.engine.replica;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Followers' fetches that wait here. A follower asks one leader for all that it follows, one fetch at a time: while that waits, it
/// cannot ask for a partition that this broker has just begun to lead, and producers with acks=all wait for it. So what waits is
/// answered when this broker begins to lead, and for a while after nobody waits for long, since a follower may hear of it later.
///
/// **Bound.** One for each follower. **Owner.** Its turn; any thread.
public final class FollowerWaits {
    /// How much later than this broker a follower may hear who leads.
    static final long HEARING_MS = 2_000;

    /// As long as a fetch waits meanwhile.
    static final long SHORT_MS = 50;

    private final Clock clock;
    private final Turn turn;
    private final Set<FetchWait> waiting = new LinkedHashSet<>();
    private long heardByMs = Long.MIN_VALUE;
    private boolean due;

    FollowerWaits(Env env) {
        this.clock = env.clock();
        this.turn = env.newTurn("waits of followers");
    }

    /// This broker leads something from now on, or somebody else follows it.
    void begins() {
        turn.run(() -> {
            heardByMs = clock.monotonicMs() + HEARING_MS;
            due = true;
        });
    }

    /// Answers what waits if [#begins] was said since. Not to be called in another turn.
    void wake() {
        List<FetchWait> woken =
                turn.take(() -> {
                    List<FetchWait> all = due ? List.copyOf(waiting) : List.of();
                    due = false;
                    return all;
                });
        woken.forEach(FetchWait::wake);
    }

    /// A fetch waits from now on.
    ///
    /// @param leftMs as it would
    /// @return how long it is to wait
    public long enter(FetchWait wait, long leftMs) {
        return turn.take(() -> {
            waiting.removeIf(FetchWait::done); // of a connection that has ended
            waiting.add(wait);
            return hurries() ? Math.min(leftMs, SHORT_MS) : leftMs;
        });
    }

    /// It does no longer.
    ///
    /// @return whether it is to be answered with what there is
    public boolean leave(FetchWait wait) {
        return turn.take(() -> {
            waiting.remove(wait);
            return hurries();
        });
    }

    private boolean hurries() {
        return clock.monotonicMs() < heardByMs;
    }
}
