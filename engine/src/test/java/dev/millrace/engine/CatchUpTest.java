package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.engine.metadata.TestMetadata;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Which replicas broker 1 waits for after a start.
final class CatchUpTest {
    private static final String ONE = "1 replica is not in sync yet";
    private static final int NOBODY = -1;

    private final TestMetadata test = TestMetadata.withBrokers(1, 2, 3);

    /// @param replicas of the only partition
    /// @param adding those of them that are on their way there
    record Case(
            String what,
            List<Integer> replicas,
            List<Integer> inSync,
            List<Integer> adding,
            int leader,
            @Nullable String wanted) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("a replica that lags", List.of(2, 1), List.of(2), List.of(), 2, ONE),
                new Case("it is in sync", List.of(2, 1), List.of(2, 1), List.of(), 2, null),
                new Case("it leads, others lag", List.of(1, 2), List.of(1), List.of(), 1, null),
                new Case("nobody leads", List.of(2, 1), List.of(2), List.of(), NOBODY, null),
                new Case("it moves here", List.of(2, 3, 1), List.of(2), List.of(1), 2, null),
                new Case("it moves elsewhere", List.of(2, 1, 3), List.of(2), List.of(3), 2, ONE),
                new Case("of others", List.of(2, 3), List.of(2), List.of(), 2, null));
    }

    private CatchUp catchUp(TopicPartition... offline) {
        return new CatchUp(1, () -> Set.of(offline));
    }

    private void change(List<Integer> inSync, List<Integer> adding, int leader) {
        var image = Objects.requireNonNull(test.image().topics().byName("t"));
        test.write(
                TestMetadata.versioned(
                        new PartitionChangeRecord()
                                .setTopicId(image.id())
                                .setPartitionId(0)
                                .setLeader(leader)
                                .setAddingReplicas(adding)
                                .setIsr(inSync),
                        2));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void waitsForWhatItHoldsAndCanCatchUpWith(Case c) {
        test.topic("t", List.of(c.replicas));
        change(c.inSync, c.adding, c.leader);

        assertEquals(c.wanted, catchUp().waitsFor(test.image()));
    }

    @Test
    void aLogThatCannotBeUsedIsNotWaitedFor() {
        test.topic("t", 1, 2, 1);
        change(List.of(2), List.of(), 2);

        assertNull(catchUp(new TopicPartition("t", 0)).waitsFor(test.image()));
        assertEquals(ONE, catchUp(new TopicPartition("t", 1)).waitsFor(test.image()));
    }

    @Test
    void onceItHasCaughtUpItWaitsForNothing() {
        test.topic("t", 1, 2, 1);
        CatchUp catchUp = catchUp();
        assertNull(catchUp.waitsFor(test.image()));

        change(List.of(2), List.of(), 2);
        assertNull(catchUp.waitsFor(test.image()));
        assertEquals(ONE, catchUp().waitsFor(test.image()));
    }
}
