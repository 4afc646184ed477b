package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ThrottledReplicasTest {
    private record Case(String value, Integer... want) {}

    static Stream<Case> ofBroker2() {
        return Stream.of(
                new Case(""),
                new Case("*", 0, 1, 2, 3),
                new Case(" * ", 0, 1, 2, 3),
                new Case("1:2", 1),
                new Case("0:1,1:2,2:1,3:2", 1, 3),
                new Case("0:1, 1:2 ", 1),
                new Case("0:1,2:3"),
                new Case("none"),
                new Case("1:x,y:2,3:2", 3));
    }

    @ParameterizedTest
    @MethodSource("ofBroker2")
    void countsWhatIsOfThisBroker(Case each) {
        var replicas = ThrottledReplicas.of(each.value, 2);
        assertEquals(
                List.of(each.want),
                IntStream.range(0, 4).filter(replicas::has).boxed().toList(),
                each.value);
    }
}
