package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.PartitionChange.Election;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.controller.PartitionChangeBuilder;
import org.apache.kafka.metadata.LeaderRecoveryState;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whom Apache Kafka elects we elect, from any state, whatever is asked: its own builder of changes is asked the same. Where we
/// differ on purpose: nobody is eligible who is no replica any more, or beside an in-sync set that an election has made large
/// enough; who led last is never "nobody"; and a leader of an unclean election always recovers.
final class PartitionChangeTest {
    private static final int CASES = 40;
    private static final int WITHOUT = 1;
    private static final int LOST = 2;
    private static final int RECOVERED = 4;
    private static final Uuid TOPIC = new Uuid(4, 4);

    private final List<Integer> fenced = new ArrayList<>();
    private PartitionImage state = placeholder();
    private int minInSync;
    private boolean eligible;

    private static PartitionImage placeholder() {
        return NewPartitions.of(ClusterImage.EMPTY, List.of(1), List.of(1));
    }

    static List<Long> seeds() {
        return Random.from(new Random(20261129)).longs(50).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void electsWhomKafkaElects(long seed) {
        var random = new Random(seed);
        for (int i = 0; i < CASES; i++) {
            draw(random);
            compare(random);
        }
    }

    private void draw(Random random) {
        fenced.clear();
        IntStream.rangeClosed(1, 5).filter(_ -> random.nextInt(3) == 0).forEach(fenced::add);
        eligible = random.nextInt(4) > 0;
        List<Integer> replicas = some(random, List.of(1, 2, 3, 4, 5), 1 + random.nextInt(4));
        minInSync = Math.min(1 + random.nextInt(3), replicas.size());
        List<Integer> isr = some(random, replicas, random.nextInt(replicas.size() + 1));
        if (!eligible && isr.isEmpty()) {
            isr = List.of(replicas.getFirst());
        }
        List<Integer> others = minus(replicas, isr);
        boolean small = eligible && isr.size() < minInSync;
        List<Integer> elr =
                small ? sorted(some(random, others, random.nextInt(others.size() + 1))) : List.of();
        boolean led = !isr.isEmpty() && random.nextInt(4) > 0;
        boolean remembers = eligible && isr.isEmpty() && random.nextBoolean();
        boolean moves = random.nextInt(3) == 0 && replicas.size() > 1;
        state =
                new PartitionImage(
                        replicas,
                        replicas.stream().map(id -> new Uuid(8, id)).toList(),
                        isr,
                        elr,
                        remembers ? List.of(replicas.getLast()) : List.of(),
                        moves ? List.of(replicas.getLast()) : List.of(),
                        moves && random.nextBoolean() ? List.of(replicas.getFirst()) : List.of(),
                        led ? isr.get(random.nextInt(isr.size())) : PartitionImage.NO_LEADER,
                        5,
                        9,
                        led && random.nextInt(5) == 0);
    }

    private static List<Integer> some(Random random, List<Integer> all, int count) {
        var shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, random);
        return List.copyOf(shuffled.subList(0, count));
    }

    private static List<Integer> minus(List<Integer> all, List<Integer> without) {
        return all.stream().filter(id -> !without.contains(id)).toList();
    }

    private static List<Integer> sorted(List<Integer> ids) {
        return ids.stream().sorted().toList();
    }

    private MetadataImage image() {
        var test = new TestMetadata(true);
        IntStream.rangeClosed(1, 5).forEach(id -> test.broker(id, fenced.contains(id)));
        var version = test.image().features().metadataVersion();
        PartitionRecord partition = ImageRecords.partition(TOPIC, 0, state, version);
        test.write(
                TestMetadata.versioned(
                        new FeatureLevelRecord()
                                .setName("eligible.leader.replicas.version")
                                .setFeatureLevel((short) (eligible ? 1 : 0)),
                        0),
                TestMetadata.versioned(new TopicRecord().setName("t").setTopicId(TOPIC), 0),
                TestMetadata.versioned(
                        new ConfigRecord()
                                .setResourceType((byte) 2)
                                .setResourceName("t")
                                .setName("min.insync.replicas")
                                .setValue("" + minInSync),
                        0),
                TestMetadata.versioned(partition, version.partitionRecordVersion()));
        return test.image();
    }

    private void compare(Random random) {
        int question = random.nextInt(6);
        int broker = state.replicas().get(random.nextInt(state.replicas().size()));
        if ((question == WITHOUT || question == LOST) && !fenced.contains(broker)) {
            fenced.add(broker);
        }
        MetadataImage image = image();
        TopicImage topic = Objects.requireNonNull(image.topics().byName("t"));
        var ours = PartitionChange.of(image, topic, 0);
        var kafkas =
                new PartitionChangeBuilder(
                        registration(),
                        TOPIC,
                        0,
                        id -> id > 0 && !fenced.contains(id),
                        image.features().metadataVersion(),
                        minInSync,
                        eligible);
        kafkas.setDefaultDirProvider(id -> new Uuid(8, id));
        String asked = ask(random, question, broker, ours, kafkas);
        @Nullable ApiMessageAndVersion mine = ours.record();
        @Nullable ApiMessageAndVersion theirs = kafkas.build().orElse(null);
        PartitionImage after = after(mine);
        String what =
                state
                        + ", fenced "
                        + fenced
                        + ", min "
                        + minInSync
                        + ", "
                        + eligible
                        + ": "
                        + asked;
        assertEquals(settled(after(theirs)), settled(after), what);
        checkInvariants(after, what);
    }

    private PartitionImage after(@Nullable ApiMessageAndVersion record) {
        return record == null ? state : state.merge((PartitionChangeRecord) record.message());
    }

    /// With what counts: the order of eligible leaders does not.
    private PartitionImage settled(PartitionImage p) {
        var elr = new TreeSet<>(p.eligibleLeaders());
        elr.retainAll(p.isr().size() < minInSync ? p.replicas() : List.of());
        boolean nobody = p.lastKnownEligibleLeaders().contains(PartitionImage.NO_LEADER);
        List<Integer> last =
                nobody || !state.hasLeader() ? List.of() : p.lastKnownEligibleLeaders();
        return new PartitionImage(
                p.replicas(),
                p.directories(),
                p.isr(),
                List.copyOf(elr),
                last,
                p.removing(),
                p.adding(),
                p.leader(),
                p.leaderEpoch(),
                p.partitionEpoch(),
                p.recovering());
    }

    private void checkInvariants(PartitionImage p, String what) {
        assertTrue(p.replicas().containsAll(p.isr()), what + " R2");
        assertTrue(!p.hasLeader() || p.isr().contains(p.leader()), what + " R2 leader in ISR");
        assertTrue(!p.hasLeader() || !fenced.contains(p.leader()), what + " the leader is alive");
        assertTrue(Collections.disjoint(p.isr(), p.eligibleLeaders()), what + " R3");
        assertTrue(
                p.isr().size() < minInSync || p.eligibleLeaders().isEmpty(),
                what + " R3 large enough");
    }

    private String ask(
            Random random,
            int question,
            int broker,
            PartitionChange ours,
            PartitionChangeBuilder kafkas) {
        var elections = List.of(Election.ONLINE, Election.PREFERRED, Election.UNCLEAN);
        Election election = elections.get(random.nextInt(question == RECOVERED ? 2 : 3));
        ours.elect(election);
        kafkas.setElection(PartitionChangeBuilder.Election.valueOf(election.name()));
        return election
                + switch (question) {
                    case 0 -> {
                        List<Integer> isr =
                                some(
                                        random,
                                        state.replicas(),
                                        1 + random.nextInt(state.replicas().size()));
                        ours.isr(isr);
                        kafkas.setTargetIsr(isr);
                        yield " isr " + isr;
                    }
                    case WITHOUT -> {
                        ours.without(broker);
                        kafkas.setTargetIsr(minus(state.isr(), List.of(broker)));
                        yield " without " + broker;
                    }
                    case LOST -> {
                        ours.lost(broker);
                        kafkas.setTargetIsr(minus(state.isr(), List.of(broker)))
                                .setUncleanShutdownReplicas(List.of(broker));
                        yield " lost " + broker;
                    }
                    case 3 -> {
                        List<Integer> target =
                                some(random, List.of(1, 2, 3, 4, 5), 1 + random.nextInt(3));
                        List<Integer> removing = minus(state.replicas(), target);
                        List<Integer> adding = minus(target, state.replicas());
                        var all = new ArrayList<>(target);
                        all.addAll(removing);
                        ours.replicas(all, adding, removing);
                        kafkas.setTargetReplicas(all)
                                .setTargetAdding(adding)
                                .setTargetRemoving(removing);
                        yield " move to " + target;
                    }
                    case RECOVERED -> {
                        ours.directory(broker, new Uuid(8, broker)).recovering(false);
                        kafkas.setDirectory(broker, new Uuid(8, broker))
                                .setTargetLeaderRecoveryState(LeaderRecoveryState.RECOVERED);
                        yield " recovered";
                    }
                    default -> " nothing";
                };
    }

    private PartitionRegistration registration() {
        return new PartitionRegistration.Builder()
                .setReplicas(ints(state.replicas()))
                .setDirectories(state.directories().toArray(Uuid[]::new))
                .setIsr(ints(state.isr()))
                .setElr(ints(state.eligibleLeaders()))
                .setLastKnownElr(ints(state.lastKnownEligibleLeaders()))
                .setRemovingReplicas(ints(state.removing()))
                .setAddingReplicas(ints(state.adding()))
                .setLeader(state.leader())
                .setLeaderRecoveryState(
                        state.recovering()
                                ? LeaderRecoveryState.RECOVERING
                                : LeaderRecoveryState.RECOVERED)
                .setLeaderEpoch(state.leaderEpoch())
                .setPartitionEpoch(state.partitionEpoch())
                .build();
    }

    private static int[] ints(List<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }
}
