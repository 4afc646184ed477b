package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The check that `KillTest` relies on: it must see what it is there to see.
class AcknowledgedRecordsTest {
    @Test
    void acceptsEveryRecordOnceAndInOrderBesideAnotherProducer() {
        log("0 1 2 3").checkOnceAndInOrder(0, "a", 4);
    }

    @ParameterizedTest
    @CsvSource({
        "0 1 3,     lost in the middle",
        "0 1 2,     lost at the end",
        "1 2 3,     lost at the start",
        "0 1 1 2 3, twice in a row",
        "0 1 2 3 0, again at the end",
        "0 2 1 3,   out of order",
        "'',        all lost",
        "0 1 2 3 4, never acknowledged"
    })
    void refuses(String numbers, String fault) {
        assertThrows(
                AssertionError.class, () -> log(numbers).checkOnceAndInOrder(0, "a", 4), fault);
    }

    private static AcknowledgedRecords log(String numbers) {
        List<AcknowledgedRecords.Entry> entries = new ArrayList<>();
        for (String number : numbers.isEmpty() ? new String[0] : numbers.trim().split(" ", -1)) {
            entries.add(new AcknowledgedRecords.Entry("a", Long.parseLong(number)));
            entries.add(new AcknowledgedRecords.Entry("b", 0));
        }
        return new AcknowledgedRecords(List.of(entries));
    }
}
