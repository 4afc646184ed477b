package dev.millrace.engine.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.balance.Loads.Load;
import dev.millrace.engine.metadata.BalanceDecisions;
import dev.millrace.engine.metadata.BalanceDecisions.Target;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.metadata.config.BalanceKeys;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What is moved and what is not: a table of small clusters, and random ones that are balanced to the end.
final class BalancePlanTest {
    private static final long MB = 1L << 20;
    private static final long GB = 1L << 30;
    private static final Loads NONE = new Loads(Map.of(), true);
    private static final Loads UNKNOWN = new Loads(Map.of(), false);

    private static final BalanceRules RULES = new BalanceRules(true, 1_000, 2, 1L << 40);

    private static BalancePlan plan(TestMetadata test, Loads loads) {
        return BalancePlan.of(test.image(), loads, RULES, _ -> false);
    }

    private static Loads bytes(Map<Integer, Long> ofPartition) {
        var loads = new HashMap<TopicPartition, Load>();
        ofPartition.forEach(
                (index, bytes) -> loads.put(new TopicPartition("t", index), new Load(bytes, 0, 0)));
        return new Loads(loads, true);
    }

    private static List<String> sentences(BalancePlan plan) {
        return assertInstanceOf(BalancePlan.Step.class, plan).moves().stream()
                .map(Move::sentence)
                .toList();
    }

    private static String why(BalancePlan plan) {
        return assertInstanceOf(BalancePlan.Wait.class, plan).why();
    }

    @Test
    void leadersComeFirstAndCopyNothing() {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.topic("t", 4, 1, 2);
        assertEquals(
                List.of(
                        "t-0 is led by 2, not 1: 1 leads 4 partitions, 2 leads 0",
                        "t-1 is led by 2, not 1: 1 leads 3 partitions, 2 leads 1"),
                sentences(plan(test, bytes(Map.of(0, 10 * GB)))));
    }

    @Test
    void aNewBrokerGetsItsShareOfBytes() {
        TestMetadata test = TestMetadata.withBrokers(1, 2, 3);
        test.topic("t", List.of(List.of(1, 2), List.of(2, 1), List.of(1, 2), List.of(2, 1)));
        Loads loads = bytes(Map.of(0, GB, 1, GB, 2, GB, 3, GB));
        assertEquals(
                List.of(
                        "t-0 goes from [1, 2] to [3, 2]: 1 bears 4.1 GB, 3 bears 0 B (16 MB for each replica counted)",
                        "t-1 goes from [2, 1] to [3, 1]: 2 bears 4.1 GB, 3 bears 1.0 GB (16 MB for each replica counted)"),
                sentences(plan(test, loads)));
        assertEquals(8, replicas(balanced(test, loads).getLast()).size());
    }

    private static List<Integer> replicas(MetadataImage image) {
        return partitions(image).stream().flatMap(p -> p.replicas().stream()).toList();
    }

    /// Of ten megabytes a second that a broker may send for copies each of a batch has its share, and half of that is for what it missed.
    @ParameterizedTest
    @CsvSource({"1, 6, 4", "2, 3, 2", "5, 2, 1"})
    void whatComesInFasterThanItMayBeCopiedStays(int atOnce, int tooMuch, int little) {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.topic("t", 2, 1);
        var loads = new HashMap<TopicPartition, Load>();
        loads.put(new TopicPartition("t", 0), new Load(GB, tooMuch * MB, 0));
        loads.put(new TopicPartition("t", 1), new Load(GB, little * MB, 0));
        var rules = new BalanceRules(true, 1_000, atOnce, 10 * MB);
        var plan = BalancePlan.of(test.image(), new Loads(loads, true), rules, _ -> false);
        assertEquals(1, assertInstanceOf(BalancePlan.Step.class, plan).moves().size());
        assertTrue(sentences(plan).getFirst().startsWith("t-1 goes from [1] to [2]"));
    }

    @Test
    void nothingIsCopiedBeforeRatesAreKnown() {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.topic("t", 6, 1);
        assertEquals(BalancePlan.NO_RATES, why(plan(test, UNKNOWN)));
        assertEquals(2, sentences(plan(test, NONE)).size());
    }

    @Test
    void leadersAreEvenedOutBeforeRatesAreKnown() {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.topic("t", 4, 1, 2);
        assertEquals(sentences(plan(test, NONE)), sentences(plan(test, UNKNOWN)));
    }

    @Test
    void leadersWaitWithTheRacksForRates() {
        var test = new TestMetadata(true);
        test.broker(1, false, "a").broker(2, false, "a").broker(3, false, "b");
        test.topic("t", 2, 1, 2);
        assertEquals(BalancePlan.NO_RATES, why(plan(test, UNKNOWN)), "or they would rest first");
    }

    @Test
    void nobodySaysThatAllIsEvenBeforeRatesAreKnown() {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.topic("t", List.of(List.of(1), List.of(2)));
        assertEquals(BalancePlan.NO_RATES, why(plan(test, UNKNOWN)));
        assertInstanceOf(BalancePlan.Even.class, plan(test, NONE));
    }

    @Test
    void aBrokerThatIsEmptiedGetsNothing() {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.topic("t", 6, 1);
        test.write(
                TestMetadata.versioned(
                        new ConfigRecord()
                                .setResourceType(ConfigResource.Type.BROKER.id())
                                .setResourceName("")
                                .setName(BalanceKeys.DRAINED)
                                .setValue("4, 2"),
                        0));
        assertInstanceOf(BalancePlan.Even.class, plan(test, NONE));
    }

    @Test
    void emptyPartitionsCountToo() {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.topic("t", 6, 1);
        MetadataImage end = balanced(test, NONE).getLast();
        assertEquals(3, Collections.frequency(replicas(end), 1));
        assertEquals(3, Collections.frequency(replicas(end), 2));
    }

    @Test
    void racksComeBeforeEverything() {
        var test = new TestMetadata(true);
        test.broker(1, false, "a").broker(2, false, "a").broker(3, false, "b");
        test.topic("t", 2, 1, 2);
        assertEquals(
                List.of(
                        "t-0 goes from [1, 2] to [1, 3]: rack 'a' has two of its replicas, rack 'b' none",
                        "t-1 goes from [1, 2] to [1, 3]: rack 'a' has two of its replicas, rack 'b' none"),
                sentences(plan(test, NONE)));
    }

    @Test
    void bytesDoNotBringTwoReplicasIntoOneRack() {
        var test = new TestMetadata(true);
        test.broker(1, false, "a").broker(2, false, "b").broker(3, false, "b");
        test.topic("t", List.of(List.of(1, 2), List.of(3, 1)));
        Loads loads = bytes(Map.of(0, GB, 1, GB));
        assertInstanceOf(BalancePlan.Even.class, plan(test, loads), "1 alone is in rack a");
    }

    @Test
    void aLoneLargePartitionStays() {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.topic("t", 1, 1);
        assertInstanceOf(BalancePlan.Even.class, plan(test, bytes(Map.of(0, 100 * GB))));
    }

    @Test
    void theBusiestHandsOverOrExchanges() {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.topic("t", List.of(List.of(1, 2), List.of(1, 2), List.of(2, 1), List.of(2, 1)));
        var loads = new HashMap<TopicPartition, Load>();
        loads.put(new TopicPartition("t", 0), new Load(0, 10 * MB, 10 * MB));
        loads.put(new TopicPartition("t", 1), new Load(0, 10 * MB, 10 * MB));
        assertEquals(
                List.of(
                        "t-0 is led by 2, not 1: 1 has 60.0 MB/s to carry, 2 has 20.0 MB/s/s"
                                .replace("/s/s", "/s"),
                        "t-2 is led by 1, not 2: in exchange for t-0, which carries more"),
                sentences(plan(test, new Loads(loads, true))));
    }

    @Test
    void whoRestsIsLeftAlone() {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.topic("t", 4, 1, 2);
        var plan = BalancePlan.of(test.image(), NONE, RULES, name -> name.partition() == 0);
        assertEquals(
                List.of(
                        "t-1 is led by 2, not 1: 1 leads 4 partitions, 2 leads 0",
                        "t-2 is led by 2, not 1: 1 leads 3 partitions, 2 leads 1"),
                sentences(plan));
    }

    @Test
    void nothingMovesWhileABrokerIsDown() {
        TestMetadata test = TestMetadata.withBrokers(1, 2);
        test.broker(3, true);
        test.topic("t", 4, 1, 2);
        assertEquals(
                "broker 3 is down: it is waited for until it is back, or forgotten (`millrace cluster remove 3`)",
                why(plan(test, NONE)));
    }

    static Stream<Map.Entry<PartitionChangeRecord, String>> amiss() {
        return Stream.of(
                Map.entry(
                        new PartitionChangeRecord().setIsr(List.of(1)),
                        "t-1 has a replica that is not in sync"),
                Map.entry(new PartitionChangeRecord().setLeader(-1), "t-1 has no leader"),
                Map.entry(
                        new PartitionChangeRecord()
                                .setReplicas(List.of(1, 2, 3))
                                .setAddingReplicas(List.of(3)),
                        "t-1 is being moved by somebody else, or was by the controller before this one"),
                Map.entry(
                        new PartitionChangeRecord().setLeaderRecoveryState((byte) 1),
                        "t-1 recovers from an unclean election"));
    }

    @ParameterizedTest
    @MethodSource("amiss")
    void nothingMovesWhileAPartitionIsNotWell(Map.Entry<PartitionChangeRecord, String> amiss) {
        TestMetadata test = TestMetadata.withBrokers(1, 2, 3);
        TopicImage topic = test.topic("t", 4, 1, 2);
        test.write(
                TestMetadata.versioned(amiss.getKey().setTopicId(topic.id()).setPartitionId(1), 2));
        assertEquals(amiss.getValue(), why(plan(test, NONE)));
    }

    /// Plans and decides until nothing is left to do; all images on the way.
    private static List<MetadataImage> balanced(TestMetadata test, Loads loads) {
        var images = new ArrayList<MetadataImage>();
        images.add(test.image());
        while (BalancePlan.of(test.image(), loads, RULES, _ -> false)
                instanceof BalancePlan.Step step) {
            carryOut(test, step);
            images.add(test.image());
            assertTrue(images.size() < 2_000, "it does not end");
        }
        assertInstanceOf(BalancePlan.Even.class, plan(test, loads));
        return images;
    }

    /// Begins the moves, and lets who is added be in sync at once.
    private static void carryOut(TestMetadata test, BalancePlan.Step step) {
        List<Target> targets =
                step.moves().stream()
                        .map(move -> new Target(move.partition(), move.from(), move.to()))
                        .toList();
        List<TopicPartition> begun =
                test.controller
                        .submit(image -> BalanceDecisions.move(image, targets, GB))
                        .toCompletableFuture()
                        .join();
        assertEquals(targets.stream().map(Target::partition).toList(), begun);
        for (Move move : step.moves()) {
            TopicImage topic = topic(test.image(), move.partition().topic());
            int index = move.partition().partition();
            if (!topic.partitions().get(index).adding().isEmpty()) {
                test.write(
                        TestMetadata.versioned(
                                new PartitionChangeRecord()
                                        .setTopicId(topic.id())
                                        .setPartitionId(index)
                                        .setReplicas(move.to())
                                        .setIsr(move.to())
                                        .setAddingReplicas(List.of())
                                        .setRemovingReplicas(List.of())
                                        .setLeader(move.to().getFirst()),
                                2));
            }
        }
    }

    private static TopicImage topic(MetadataImage image, String name) {
        return Objects.requireNonNull(image.topics().byName(name));
    }

    private static List<PartitionImage> partitions(MetadataImage image) {
        return image.topics().inNameOrder().stream()
                .flatMap(topic -> topic.partitions().stream())
                .toList();
    }

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void itEndsAndEveryMoveMakesItBetter(long seed) {
        var random = new Random(seed);
        var test = new TestMetadata(true);
        int brokers = 2 + random.nextInt(6);
        int racks = random.nextInt(4);
        for (int id = 1; id <= brokers; id++) {
            test.broker(id, false, racks == 0 ? null : "r" + random.nextInt(racks));
        }
        Loads loads = randomTopics(test, random, brokers);
        List<MetadataImage> images = balanced(test, loads);
        Set<List<List<Integer>>> seen = new HashSet<>();
        for (int i = 0; i < images.size(); i++) {
            List<List<Integer>> placed =
                    partitions(images.get(i)).stream().map(PartitionImage::replicas).toList();
            assertTrue(seen.add(placed), "back where it was");
            placed.forEach(
                    replicas -> assertEquals(replicas.size(), new HashSet<>(replicas).size()));
            if (i > 0) {
                assertBetter(images.get(i - 1), images.get(i), loads);
            }
        }
        partitions(images.getLast())
                .forEach(partition ->
                        assertEquals(partition.replicas().getFirst(), partition.leader()));
    }

    private static Loads randomTopics(TestMetadata test, Random random, int brokers) {
        var loads = new HashMap<TopicPartition, Load>();
        for (int t = 0; t < 1 + random.nextInt(4); t++) {
            int factor = 1 + random.nextInt(Math.min(3, brokers));
            int taken = Math.max(factor, random.nextInt(brokers + 1));
            var replicas = new ArrayList<List<Integer>>();
            for (int p = 0; p < 1 + random.nextInt(12); p++) {
                List<Integer> ids =
                        new ArrayList<>(IntStream.rangeClosed(1, taken).boxed().toList());
                Collections.shuffle(ids, random);
                replicas.add(List.copyOf(ids.subList(0, factor)));
                loads.put(
                        new TopicPartition("t" + t, p),
                        new Load(
                                random.nextLong(4 * GB) >> random.nextInt(20),
                                random.nextLong(20 * MB) >> random.nextInt(20),
                                random.nextLong(20 * MB) >> random.nextInt(20)));
            }
            test.topic("t" + t, replicas);
        }
        return new Loads(loads, true);
    }

    /// The first of racks, leaders, bytes and rates that has changed is better.
    private static void assertBetter(MetadataImage before, MetadataImage after, Loads loads) {
        List<Double> was = spread(before, loads);
        List<Double> is = spread(after, loads);
        for (int i = 0; i < was.size(); i++) {
            if (!was.get(i).equals(is.get(i))) {
                assertTrue(
                        is.get(i) < was.get(i),
                        "of racks, leaders, bytes, rates: " + was + " to " + is);
                return;
            }
        }
        throw new AssertionError("nothing is better: " + was);
    }

    private static List<Double> spread(MetadataImage image, Loads loads) {
        var board = new Board(image, loads, RULES, _ -> false);
        double racks =
                board.seats.stream()
                        .mapToInt(seat ->
                                Math.min(board.racks(), seat.replicas.size())
                                        - board.racks(seat.replicas))
                        .sum();
        return List.of(
                racks,
                squares(board.each(board::leads)),
                squares(board.each(board::bytes)),
                squares(board.each(board::rate)));
    }

    private static double squares(Map<Integer, Long> each) {
        return each.values().stream().mapToDouble(value -> value * (double) value).sum();
    }
}
