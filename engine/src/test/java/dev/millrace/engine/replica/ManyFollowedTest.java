package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.Peers;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A follower of more partitions of one leader than one request names.
final class ManyFollowedTest {
    private static final int MANY = FetcherRequests.MOST + 2;
    private static final int WAIT_MS = 500;

    private final ManualEnv env = new ManualEnv(1_000_000, 1);

    /// What the requests named, and how long the leader may wait with its answer to each.
    private final List<List<Integer>> named = new ArrayList<>();

    private final List<Integer> waits = new ArrayList<>();

    /// Answers after its time, with nothing new.
    private Peers leader(int session) {
        return (_, _, request, _) -> {
            var fetch = (FetchRequestData) request;
            named.add(
                    fetch.topics().stream()
                            .flatMap(topic -> topic.partitions().stream())
                            .map(FetchRequestData.FetchPartition::partition)
                            .toList());
            waits.add(fetch.maxWaitMs());
            var answer = new CompletableFuture<ApiMessage>();
            env.timers()
                    .schedule(
                            1 + fetch.maxWaitMs(),
                            () -> answer.complete(new FetchResponseData().setSessionId(session)));
            return answer;
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7})
    void allOfThemAreNamedAtOnceWithAndWithoutASession(int session) {
        var fetchers =
                new ReplicaFetchers(
                        1,
                        () -> 5,
                        env,
                        leader(session),
                        _ -> new Peers.Address("leader", 1),
                        new FetcherSettings(WAIT_MS, 1, 1 << 20, 10 << 20, 1_000, 30_000),
                        ReplicaThrottle.none(env));
        for (int i = 0; i < MANY; i++) {
            fetchers.follow(followed(i), 2, 1, false);
        }
        env.advance(WAIT_MS + 10);

        Set<Integer> all = new HashSet<>();
        named.forEach(all::addAll);
        assertEquals(MANY, all.size());
        assertTrue(named.stream().allMatch(each -> each.size() <= FetcherRequests.MOST));
        if (session > 0) {
            env.advance(2 * WAIT_MS);
            assertTrue(named.getLast().isEmpty(), "it knows all of them");
            assertEquals(List.of(WAIT_MS, 0, WAIT_MS), waits.subList(0, 3));
        }
    }

    private Partition followed(int index) {
        var name = new TopicPartition("t", index);
        var partition =
                new Partition(
                        name,
                        new Uuid(9, 9),
                        env.newTurn(name.toString()),
                        env.workers(),
                        LazyLog.resting(
                                name,
                                LogRest.EMPTY,
                                LogSettings.DEFAULTS,
                                0,
                                _ -> {
                                    throw new AssertionError("nobody needs it");
                                }),
                        new DiskReserve(
                                new LogDirectory(Uuid.ZERO_UUID, "/d", new HeapStorage()), 0, env),
                        LeaderSurroundings.alone(env.clock()),
                        0);
        partition.assume(new ReplicaRole.Follower(1, 2), 1, LogSettings.DEFAULTS);
        return partition;
    }
}
