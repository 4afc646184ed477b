package dev.millrace.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SuiteTest {
    @Test
    void idsAreUniqueAcrossSuites() {
        List<String> ids =
                Arrays.stream(Suite.values())
                        .flatMap(suite -> suite.rows().stream())
                        .map(Workload::id)
                        .toList();
        assertEquals(ids.stream().distinct().toList(), ids);
    }

    @Test
    void everyFloorRowIsARowOfItsSuiteThatTheFloorRuns() {
        for (Suite suite : Suite.all()) {
            var run =
                    suite.rows().stream()
                            .filter(w -> w.floorRow().equals(w.id()))
                            .map(Workload::id)
                            .collect(Collectors.toSet());
            suite.rows().stream()
                    .map(Workload::floorRow)
                    .filter(row -> !row.isEmpty())
                    .forEach(row -> assertTrue(run.contains(row), suite + ": " + row));
        }
    }

    @Test
    void aSuiteWithoutRowsIsHidden() {
        assertEquals(
                Arrays.stream(Suite.values()).filter(s -> !s.rows().isEmpty()).toList(),
                Suite.all());
        assertFalse(Suite.all().isEmpty());
    }

    @Test
    void everySuiteHasMarkersOfItsOwn() {
        assertEquals(
                List.of(
                        "bench",
                        "bench-wide",
                        "bench-groups",
                        "bench-transactions",
                        "bench-compaction",
                        "bench-scale",
                        "bench-restart",
                        "bench-cluster",
                        "bench-failover"),
                Arrays.stream(Suite.values()).map(Suite::marker).toList());
    }
}
