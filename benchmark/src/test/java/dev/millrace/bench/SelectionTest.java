package dev.millrace.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelectionTest {
    @Test
    void withoutOptionsItIsTheMainRows() throws Selection.Refused {
        Selection selection = Selection.of(List.of(), "", false);
        assertEquals(List.of(new Selection.Part(Suite.MAIN, Suite.MAIN.rows())), selection.parts());
    }

    @Test
    void aFullRunHasEverySuite() throws Selection.Refused {
        Selection selection = Selection.of(List.of(), "", true);
        assertEquals(Suite.all(), selection.parts().stream().map(Selection.Part::suite).toList());
    }

    @Test
    void suitesAreChosenByNameAndRunInTheirOrder() throws Selection.Refused {
        Selection selection = Selection.of(List.of("groups", "MAIN", "groups"), "", false);
        assertEquals(
                List.of(Suite.MAIN, Suite.GROUPS),
                selection.parts().stream().map(Selection.Part::suite).toList());
    }

    @Test
    void aPatternFindsRowsInAllSuitesAndTheyStayInTheirOwn() throws Selection.Refused {
        Selection selection = Selection.of(List.of(), "^(idle|groups.reload)$", false);
        assertEquals(
                List.of(Suite.MAIN, Suite.GROUPS),
                selection.parts().stream().map(Selection.Part::suite).toList());
        assertEquals(
                List.of("idle", "groups.reload"),
                selection.rows().stream().map(Workload::id).toList());
    }

    @Test
    void aPatternKeepsToTheSuitesThatAreNamed() throws Selection.Refused {
        Selection selection = Selection.of(List.of("groups"), "idle", false);
        assertEquals(2, selection.rows().size());
        assertTrue(selection.rows().stream().allMatch(w -> w.id().startsWith("groups.idle")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | nosuchrow | no row matches 'nosuchrow'; --list shows them all",
                "'' | '(' | '''('' is not a regular expression: Unclosed group'",
                "other | '' | there is no suite 'other'; the suites are main",
                "groups | ^start$ | no row matches '^start$'; --list shows them all",
            })
    void whatCannotBeRunIsRefusedInASentence(String suite, String only, String why) {
        List<String> suites = suite.isEmpty() ? List.of() : List.of(suite);
        var refused =
                assertThrows(Selection.Refused.class, () -> Selection.of(suites, only, false));
        assertTrue(refused.toString().contains(why), refused.toString());
    }
}
