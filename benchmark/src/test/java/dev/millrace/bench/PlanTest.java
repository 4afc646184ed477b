package dev.millrace.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlanTest {
    @Test
    void everyNodeHasAPortAndTheNextForItself() throws IOException {
        List<Integer> ports = Plan.freePorts(3);
        assertEquals(3, ports.size());
        assertEquals(6, ports.stream().flatMap(p -> Stream.of(p, p + 1)).distinct().count());
    }
}
