package dev.millrace.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WorkloadsTest {
    @Test
    void idsAreUnique() {
        List<String> ids =
                Stream.concat(Workloads.all().stream(), Workloads.groups().stream())
                        .map(Workload::id)
                        .toList();
        assertEquals(ids.stream().distinct().toList(), ids);
    }

    @Test
    void everyFloorRowIsARowThatTheFloorRuns() {
        var ids = Workloads.all().stream().map(Workload::id).collect(Collectors.toSet());
        Workloads.all().stream()
                .map(Workload::floorRow)
                .filter(row -> !row.isEmpty())
                .forEach(row -> assertTrue(ids.contains(row), row));
    }

    @Test
    void aPatternFindsRows() {
        assertEquals(2, Workloads.matching(Pattern.compile("^consume")).size());
    }

    @Test
    void theRowsOfGroupsAreThereOnlyForWhoAsksForThem() {
        assertEquals(Workloads.all(), Workloads.matching(Pattern.compile("")));
        assertEquals(Workloads.groups(), Workloads.matching(Pattern.compile("groups")));
        assertEquals(2, Workloads.matching(Pattern.compile("groups.idle")).size());
    }
}
