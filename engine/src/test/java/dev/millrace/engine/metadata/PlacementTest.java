package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.junit.jupiter.api.Test;

final class PlacementTest {
    @Test
    void rotatesLeadersAndShiftsFollowers() {
        ClusterImage three = TestMetadata.withBrokers(1, 2, 3).image().cluster();
        assertEquals(
                List.of(
                        List.of(1, 2),
                        List.of(2, 3),
                        List.of(3, 1),
                        List.of(1, 3),
                        List.of(2, 1),
                        List.of(3, 2)),
                Placement.place(three, 0, 0, 6, (short) 2));
    }

    @Test
    void partitionsAddedLaterGoOnWhereTheFirstEnded() {
        ClusterImage three = TestMetadata.withBrokers(1, 2, 3).image().cluster();
        var all = Placement.place(three, 5, 0, 9, (short) 3);
        assertEquals(all.subList(4, 9), Placement.place(three, 5, 4, 5, (short) 3));
    }

    @Test
    void leadersAndReplicasAreEvenAndDistinct() {
        ClusterImage five = TestMetadata.withBrokers(1, 2, 3, 4, 5).image().cluster();
        var leaders = new TreeMap<Integer, Integer>();
        var replicas = new TreeMap<Integer, Integer>();
        for (List<Integer> each : Placement.place(five, -7, 0, 100, (short) 3)) {
            assertEquals(3, new HashSet<>(each).size());
            leaders.merge(each.getFirst(), 1, Integer::sum);
            each.forEach(id -> replicas.merge(id, 1, Integer::sum));
        }
        leaders.values().forEach(count -> assertEquals(20, count));
        replicas.values().forEach(count -> assertEquals(60, count));
    }

    @Test
    void fencedBrokersComeLastAndOnlyWhenTheyAreNeeded() {
        var test = TestMetadata.withBrokers(1, 3);
        test.broker(2, true);
        ClusterImage cluster = test.image().cluster();
        assertEquals(
                List.of(List.of(1, 3), List.of(3, 1)),
                Placement.place(cluster, 0, 0, 2, (short) 2));
        assertEquals(List.of(List.of(1, 3, 2)), Placement.place(cluster, 0, 0, 1, (short) 3));
        var tooMany =
                assertThrows(
                        InvalidReplicationFactorException.class,
                        () -> Placement.place(cluster, 0, 0, 1, (short) 4));
        assertEquals(
                "The target replication factor of 4 cannot be reached because only 3 broker(s) are registered"
                        + " or some brokers have all their log directories cordoned.",
                tooMany.getMessage());
    }

    @Test
    void whoHasStoppedCleanlyTakesPartAsOneThatIsFencedAndWhoIsStoppingDoesNot() {
        var test = TestMetadata.withBrokers(1, 2);
        changed(test, 2, change -> change.setInControlledShutdown((byte) 1));
        ClusterImage stopping = test.image().cluster();
        assertThrows(
                InvalidReplicationFactorException.class,
                () -> Placement.place(stopping, 0, 0, 1, (short) 2));

        changed(test, 2, change -> change.setFenced((byte) 1));
        ClusterImage stopped = test.image().cluster();
        assertEquals(List.of(List.of(1, 2)), Placement.place(stopped, 0, 0, 1, (short) 2));
    }

    private static void changed(
            TestMetadata test, int id, Consumer<BrokerRegistrationChangeRecord> change) {
        long epoch = Objects.requireNonNull(test.image().cluster().broker(id)).epoch();
        var record = new BrokerRegistrationChangeRecord().setBrokerId(id).setBrokerEpoch(epoch);
        change.accept(record);
        test.write(TestMetadata.versioned(record, 1));
    }

    @Test
    void racksAlternate() {
        ClusterImage two = racks("a", "a", "b", "b");
        assertEquals(
                List.of(
                        List.of(1, 3),
                        List.of(3, 1),
                        List.of(2, 4),
                        List.of(4, 2),
                        List.of(1, 4),
                        List.of(3, 2)),
                Placement.place(two, 0, 0, 6, (short) 2));
    }

    @Test
    void noRackHasASecondReplicaBeforeEachHasOne() {
        ClusterImage three = racks("a", "a", "a", "b", "b", "c");
        for (int factor = 1; factor <= 6; factor++) {
            for (List<Integer> each : Placement.place(three, 3, 0, 60, (short) factor)) {
                assertEquals(factor, new HashSet<>(each).size());
                var used = new HashSet<String>();
                each.forEach(id ->
                        used.add(
                                Objects.requireNonNull(
                                        Objects.requireNonNull(three.broker(id)).rack())));
                assertEquals(Math.min(factor, 3), used.size());
            }
        }
    }

    @Test
    void equalRacksAreFilledEvenly() {
        ClusterImage nine = racks("a", "b", "c", "a", "b", "c", "a", "b", "c");
        var leaders = new TreeMap<Integer, Integer>();
        var replicas = new TreeMap<Integer, Integer>();
        for (List<Integer> each : Placement.place(nine, 5, 0, 90, (short) 3)) {
            leaders.merge(each.getFirst(), 1, Integer::sum);
            each.forEach(id -> replicas.merge(id, 1, Integer::sum));
        }
        leaders.values().forEach(count -> assertEquals(10, count));
        replicas.values().forEach(count -> assertEquals(30, count));
    }

    @Test
    void aFencedBrokerIsTheLastOfItsRackAndNeverLeads() {
        var test = TestMetadata.withBrokers();
        test.broker(1, false, "a").broker(2, true, "a").broker(3, true, "b").broker(4, false, "c");
        for (List<Integer> each : Placement.place(test.image().cluster(), 0, 0, 12, (short) 3)) {
            assertTrue(List.of(1, 4).contains(each.getFirst()));
            assertEquals(Set.of(1, 3, 4), Set.copyOf(each));
        }
    }

    private static ClusterImage racks(String... racks) {
        var test = TestMetadata.withBrokers();
        for (int i = 0; i < racks.length; i++) {
            test.broker(i + 1, false, racks[i]);
        }
        return test.image().cluster();
    }

    @Test
    void needsABrokerThatServes() {
        var test = TestMetadata.withBrokers();
        test.broker(1, true);
        ClusterImage cluster = test.image().cluster();
        var none =
                assertThrows(
                        InvalidReplicationFactorException.class,
                        () -> Placement.place(cluster, 0, 0, 1, (short) 1));
        assertEquals("All brokers are currently fenced.", none.getMessage());
    }
}
