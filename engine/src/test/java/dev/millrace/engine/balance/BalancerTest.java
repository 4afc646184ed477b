package dev.millrace.engine.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.BalanceDecisions;
import dev.millrace.engine.metadata.BalanceDecisions.Target;
import dev.millrace.engine.metadata.ManualTime;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.junit.jupiter.api.Test;

/// When it looks, what it waits for, and what it tells.
final class BalancerTest {
    private static final long MB = 1L << 20;
    private static final long GB = 1L << 30;

    /// An interval, then a second look for the rates, and a few seconds to decide.
    private static final long FIRST_COPIES_MS = 60_000 + Loads.SHORTEST_MS + 6_000;

    private final ManualTime time = new ManualTime();
    private final TestMetadata test = TestMetadata.withBrokers(1, 2);
    private final List<Integer> asked = new ArrayList<>();
    private final Map<TopicPartition, Figures> onOne = new HashMap<>();
    private BalanceRules rules = new BalanceRules(true, 60_000, 2, 10 << 20);
    private boolean silent;

    /// What happens between the plan and the decision.
    private Runnable beforeBegin = () -> {};

    private final Balancer balancer =
            new Balancer(
                    test::image, () -> rules, this::ask, new Decided(), time, ManualTime.turn());

    private final class Decided implements Balancer.Decisions {
        @Override
        public CompletionStage<List<TopicPartition>> begin(List<Move> moves, long bytesPerSecond) {
            beforeBegin.run();
            List<Target> targets =
                    moves.stream()
                            .map(move -> new Target(move.partition(), move.from(), move.to()))
                            .toList();
            return test.controller.submit(
                    image -> BalanceDecisions.move(image, targets, bytesPerSecond));
        }

        @Override
        public void end() {
            test.controller.submit(BalanceDecisions::end);
        }
    }

    private Map<String, String> settings(ConfigResource.Type type, String name) {
        return test.image().configs().of(new ConfigResource(type, name));
    }

    private CompletionStage<Map<TopicPartition, Figures>> ask(int broker) {
        asked.add(broker);
        return silent && broker == 2
                ? CompletableFuture.failedFuture(new IllegalStateException("silent"))
                : CompletableFuture.completedFuture(broker == 1 ? Map.copyOf(onOne) : Map.of());
    }

    /// As the watch does it.
    private void pass(long ms) {
        for (long passed = 0; passed < ms; passed += 1_000) {
            balancer.look();
            time.advance(1_000);
        }
    }

    private PartitionImage partition(int index) {
        TopicImage topic = Objects.requireNonNull(test.image().topics().byName("t"));
        return topic.partitions().get(index);
    }

    /// Four partitions of a gigabyte, all on broker 1.
    private TopicImage uneven() {
        TopicImage topic = test.topic("t", 4, 1);
        for (int i = 0; i < 4; i++) {
            onOne.put(new TopicPartition("t", i), new Figures(GB, 0, 0));
        }
        return topic;
    }

    @Test
    void itLooksAfterAnIntervalAndTellsWhatItDoes() {
        uneven();
        assertEquals("this node decides nothing, or has not begun to", balancer.report().now());
        balancer.look();
        assertEquals("it looks for the first time in 60 s", balancer.report().now());
        pass(59_000);
        assertEquals("it looks for the first time in 1 s", balancer.report().now());
        assertEquals(List.of(), asked);
        pass(5_000);
        assertEquals(List.of(1, 2), asked);
        assertEquals(BalancePlan.NO_RATES, balancer.report().now());
        assertEquals(List.of(), partition(0).adding());
        pass(Loads.SHORTEST_MS);
        assertEquals(List.of(1, 2, 1, 2), asked, "not an interval later");
        assertEquals(List.of(2), partition(0).adding());
        assertEquals(List.of(2), partition(1).adding());
        assertEquals(List.of(), partition(2).adding(), "two at once");
        assertTrue(
                balancer.report()
                        .done()
                        .getFirst()
                        .what()
                        .startsWith("t-0 goes from [1] to [2]: 1 bears 4.1 GB, 2 bears 0 B"),
                balancer.report()::toString);
        assertEquals("2 moves are under way", balancer.report().now());
    }

    @Test
    void whatWasNotBegunIsNotTold() {
        TopicImage topic = uneven();
        beforeBegin = () -> test.arrive(topic, 0);
        pass(FIRST_COPIES_MS);
        assertEquals("1 moves are under way", balancer.report().now());
        assertEquals(1, balancer.report().done().size());
        assertTrue(balancer.report().done().getFirst().what().startsWith("t-1 goes from"));
    }

    @Test
    void theNextBatchIsPaidForAndAMovedPartitionRests() {
        TopicImage topic = uneven();
        pass(FIRST_COPIES_MS);
        long began = time.monotonicMs();
        pass(600_000);
        assertEquals(List.of(1, 2, 1, 2), asked, "nothing has arrived");
        test.arrive(topic, 0);
        test.arrive(topic, 1);
        time.advance(0);
        pass(3_000);
        assertEquals("the last moves have arrived", balancer.report().now());

        // Two gigabytes at ten megabytes a second are 205 s, which have passed: only the pause is
        // left.
        pass(Balancer.PAUSE_MS + 2_000);
        assertEquals(List.of(1, 2, 1, 2, 1, 2), asked);
        assertEquals("the brokers bear the same", balancer.report().now());
        assertTrue(time.monotonicMs() - began > 205_000);

        // The other way round by now; those that were moved would go back, were it not for their
        // rest.
        onOne.clear();
        onOne.put(new TopicPartition("t", 2), new Figures(0, 0, 0));
        pass(120_000);
        assertEquals(List.of(), partition(0).adding());
    }

    @Test
    void aFastBatchIsFollowedByTheNextWhenItsBytesArePaidFor() {
        TopicImage topic = uneven();
        rules = new BalanceRules(true, 60_000, 1, 10 << 20);
        pass(FIRST_COPIES_MS);
        test.arrive(topic, 0);
        pass(90_000);
        assertEquals(List.of(1, 2, 1, 2), asked, "a gigabyte at ten megabytes a second: 102 s");
        pass(20_000);
        assertEquals(List.of(1, 2, 1, 2, 1, 2), asked);
        assertEquals(List.of(2), partition(1).adding());
    }

    @Test
    void copiesAreThrottledUntilTheyHaveArrived() {
        TopicImage topic = uneven();
        test.write(
                TestMetadata.versioned(
                        new ConfigRecord()
                                .setResourceType(ConfigResource.Type.BROKER.id())
                                .setResourceName("1")
                                .setName("leader.replication.throttled.rate")
                                .setValue("77"),
                        0),
                TestMetadata.versioned(
                        new ConfigRecord()
                                .setResourceType(ConfigResource.Type.TOPIC.id())
                                .setResourceName("t")
                                .setName("leader.replication.throttled.replicas")
                                .setValue("3:1"),
                        0));
        pass(FIRST_COPIES_MS);
        assertEquals(
                Map.of(
                        "leader.replication.throttled.replicas", "3:1,0:1,1:1",
                        "follower.replication.throttled.replicas", "0:2,1:2"),
                settings(ConfigResource.Type.TOPIC, "t"));
        assertEquals(
                Map.of(
                        "leader.replication.throttled.rate", "10485760",
                        "follower.replication.throttled.rate", "10485760"),
                settings(ConfigResource.Type.BROKER, "2"));
        assertEquals(
                Map.of("leader.replication.throttled.rate", "77"),
                settings(ConfigResource.Type.BROKER, "1"),
                "somebody has set it");
        assertEquals(
                "2=10485760,t:0,t:1",
                settings(ConfigResource.Type.BROKER, "").get("millrace.balance.throttled"));
        test.arrive(topic, 0);
        pass(10_000);
        assertEquals(2, settings(ConfigResource.Type.TOPIC, "t").size(), "one is under way");

        // Another controller finds what this one has set.
        balancer.leave();
        test.arrive(topic, 1);
        pass(65_000);
        assertEquals(
                Map.of("leader.replication.throttled.replicas", "3:1"),
                settings(ConfigResource.Type.TOPIC, "t"));
        assertEquals(Map.of(), settings(ConfigResource.Type.BROKER, "2"));
        assertFalse(BalanceDecisions.throttled(test.image()));
        assertEquals(1, settings(ConfigResource.Type.BROKER, "1").size());
    }

    /// Broker 1 tells each second that so much more has come in.
    private void passWhileMoreComesIn(long ms, long bytesPerSecond, int... partitions) {
        for (long passed = 0; passed < ms; passed += 1_000) {
            for (int partition : partitions) {
                onOne.computeIfPresent(
                        new TopicPartition("t", partition),
                        (_, was) -> new Figures(was.bytes(), was.appended() + bytesPerSecond, 0));
            }
            pass(1_000);
        }
    }

    @Test
    void whatWouldNeverCatchUpIsNotCopiedByTheFirstLookEither() {
        uneven();
        rules = new BalanceRules(true, 1_000, 2, 10 << 20);
        passWhileMoreComesIn(25_000, 50 * MB, 0);
        assertEquals(BalancePlan.NO_RATES, balancer.report().now());
        assertTrue(asked.size() > 4, "it looks as often as it is told to");
        assertEquals(List.of(), balancer.report().done());
        passWhileMoreComesIn(15_000, 50 * MB, 0);
        assertEquals(List.of(), partition(0).adding());
        assertEquals(List.of(2), partition(1).adding());
        assertEquals(List.of(2), partition(2).adding());
    }

    @Test
    void looksInQuickSuccessionDoNotForgetTheRates() {
        test.topic("t", List.of(List.of(1, 2), List.of(1, 2), List.of(2, 1), List.of(2, 1)));
        onOne.put(new TopicPartition("t", 0), new Figures(0, 0, 0));
        onOne.put(new TopicPartition("t", 1), new Figures(0, 0, 0));
        rules = new BalanceRules(true, 1_000, 2, 10 << 20);
        pass(101_000);
        assertEquals("the brokers bear the same", balancer.report().now());
        passWhileMoreComesIn(60_000, 10 * MB, 0, 1);
        String what = balancer.report().done().getFirst().what();
        assertTrue(what.startsWith("t-0 is led by 2, not 1: 1 has "), what);
    }

    @Test
    void whoDoesNotAnswerKeepsEverythingWhereItIs() {
        uneven();
        silent = true;
        pass(65_000);
        assertEquals("broker 2 does not tell what it holds", balancer.report().now());
        assertEquals(List.of(), balancer.report().done());
    }

    @Test
    void theSwitchIsLookedAtBeforeAnybodyIsAsked() {
        uneven();
        rules = new BalanceRules(false, 60_000, 2, 1 << 20);
        pass(200_000);
        assertEquals(List.of(), asked);
        assertFalse(balancer.report().enabled());
        assertEquals("it is switched off", balancer.report().now());
        rules = new BalanceRules(true, 60_000, 2, 1 << 20);
        pass(10_000);
        assertEquals(List.of(1, 2), asked, "and switched on again without an interval's wait");
    }

    @Test
    void whoIsNotTheActiveControllerAnyMoreStillTellsWhatItHasDone() {
        uneven();
        pass(FIRST_COPIES_MS);
        balancer.leave();
        assertFalse(balancer.report().active());
        assertEquals("this node decides nothing, or has not begun to", balancer.report().now());
        assertEquals(2, balancer.report().done().size());
        pass(65_000);
        assertEquals(
                "t-0 is being moved by somebody else, or was by the controller before this one",
                balancer.report().now());
    }
}
