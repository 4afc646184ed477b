package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ThrottledReplicasTest {
    record Case(String value, List<Integer> want) {}

    private static Case the(String value, Integer... want) {
        return new Case(value, List.of(want));
    }

    static Stream<Case> ofBroker2() {
        return Stream.of(
                the(""),
                the("*", 0, 1, 2, 3),
                the(" * ", 0, 1, 2, 3),
                the("1:2", 1),
                the("0:1,1:2,2:1,3:2", 1, 3),
                the("0:1, 1:2 ", 1),
                the("0:1,2:3"),
                the("none"),
                the("1:x,y:2,3:2", 3));
    }

    @ParameterizedTest
    @MethodSource("ofBroker2")
    void countsWhatIsOfThisBroker(Case each) {
        var replicas = ThrottledReplicas.of(each.value, 2);
        assertEquals(
                each.want,
                IntStream.range(0, 4).filter(replicas::has).boxed().toList(),
                each.value);
    }
}
