package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.engine.replica.ReplicaSelector.View;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ReplicaSelectorTest {
    record Name(@Nullable String className, @Nullable ReplicaSelector want) {}

    static Stream<Name> names() {
        return Stream.of(
                new Name(null, ReplicaSelector.LEADER),
                new Name(" ", ReplicaSelector.LEADER),
                new Name("org.apache.kafka.common.replica.LeaderSelector", ReplicaSelector.LEADER),
                new Name(
                        "org.apache.kafka.common.replica.RackAwareReplicaSelector",
                        ReplicaSelector.RACK_AWARE),
                new Name("RackAwareReplicaSelector", null),
                new Name("com.example.MySelector", null));
    }

    @ParameterizedTest
    @MethodSource("names")
    void isNamedAsInKafka(Name name) {
        assertEquals(name.want, ReplicaSelector.of(name.className));
    }

    record Choice(String what, int want, List<View> views) {
        Choice(String what, int want, View one, View other) {
            this(what, want, List.of(one, other));
        }
    }

    static Stream<Choice> choices() {
        return Stream.of(
                new Choice("furthest", 2, new View(1, 10, 0), new View(2, 11, 50)),
                new Choice(
                        "as far, behind for less long", 1, new View(1, 10, 5), new View(2, 10, 6)),
                new Choice("the same, higher id", 3, new View(3, 10, 5), new View(2, 10, 5)));
    }

    @ParameterizedTest
    @MethodSource("choices")
    void theFurthestIsChosen(Choice choice) {
        View furthest = ReplicaSelector.furthest(choice.views);
        assertEquals(choice.want, furthest == null ? -1 : furthest.brokerId(), choice.what);
    }

    @Test
    void nobodyIsChosenOfNobody() {
        assertNull(ReplicaSelector.furthest(List.of()));
    }
}
