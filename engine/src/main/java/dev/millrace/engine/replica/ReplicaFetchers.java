package dev.millrace.engine.replica;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Turn;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The fetchers of this broker, one for each leader that it follows.
///
/// **Owner.** Its turn.
public final class ReplicaFetchers {
    private final Env env;
    private final Turn turn;
    private final IntFunction<ReplicaFetcher> make;
    private final Map<Integer, ReplicaFetcher> byLeader = new HashMap<>();
    private boolean closed;

    /// @param brokerEpoch of this broker, -1 before it is registered
    /// @param throttle what followers here take
    /// @param addresses where brokers listen for brokers; null while nobody can tell
    public ReplicaFetchers(
            int brokerId,
            LongSupplier brokerEpoch,
            Env env,
            Peers peers,
            IntFunction<Peers.@Nullable Address> addresses,
            FetcherSettings settings,
            ReplicaThrottle throttle) {
        this.env = env;
        this.turn = env.newTurn("replica fetchers");
        this.make =
                leader ->
                        new ReplicaFetcher(
                                leader,
                                new FetcherRequests(brokerId, brokerEpoch, settings),
                                this.env,
                                peers,
                                () -> addresses.apply(leader),
                                settings,
                                throttle);
    }

    /// Fetches a partition from that leader, and from nobody else.
    ///
    /// @param inSync see [Replication#follow]
    public void follow(Partition partition, int leaderId, int leaderEpoch, boolean inSync) {
        ReplicaFetcher fetcher =
                turn.take(() -> {
                    byLeader.forEach((leader, each) -> {
                        if (leader != leaderId) {
                            each.forget(partition);
                        }
                    });
                    return closed ? null : byLeader.computeIfAbsent(leaderId, make::apply);
                });
        if (fetcher != null) {
            fetcher.follow(partition, leaderEpoch, inSync);
        }
    }

    /// Fetches it no more.
    public void forget(Partition partition) {
        turn.run(() -> byLeader.values().forEach(each -> each.forget(partition)));
    }

    /// No fetch begins any more, and no answer counts.
    public void close() {
        turn.run(() -> {
            closed = true;
            byLeader.values().forEach(ReplicaFetcher::close);
        });
    }
}
