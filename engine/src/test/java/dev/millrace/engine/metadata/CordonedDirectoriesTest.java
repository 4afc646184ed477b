package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.metadata.ConfigDecisions.Origin;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CordonedDirectoriesTest {
    private static final List<String> ALL = List.of("/a", "/b");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            textBlock =
                    """
                    ''        | ''
                    /a        | /a
                    ' /b , /a'| /b /a
                    *         | /a /b
                    """)
    void aListOfPathsOrAll(String value, String paths) {
        Set<String> wanted = paths.isEmpty() ? Set.of() : Set.of(paths.split(" ", -1));
        assertEquals(wanted, CordonedDirectories.of(value, ALL));
        CordonedDirectories.check(value, "", ALL);
    }

    @Test
    void whatTheBrokerDoesNotHaveIsRefused() {
        var refused =
                assertThrows(
                        ConfigException.class, () -> CordonedDirectories.check("/a,/c", "", ALL));
        assertEquals(
                "Invalid value [/a, /c] for configuration cordoned.log.dirs: Invalid entry in cordoned.log.dirs: /c."
                        + " All cordoned log dirs must be entries of log.dirs or log.dir.",
                refused.getMessage());
    }

    @Test
    void whatWasInTheListMayStay() {
        CordonedDirectories.check("/a,/gone", "/gone", ALL);
    }

    @Test
    void allStandsAlone() {
        var refused =
                assertThrows(
                        ConfigException.class, () -> CordonedDirectories.check("/a,*", "", ALL));
        assertEquals(
                "When cordoned.log.dirs is set to *, it must not contain other values",
                refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            delimiter = '|',
            textBlock =
                    """
                    was   | now   | seen  | taken
                    -     | /a    | true  | true
                    -     | /a    | false | false
                    /a    | /a    | false | true
                    /a,/b | /b    | false | true
                    /a    | /a,/b | false | false
                    /a    | ''    | false | true
                    /a    | -     | false | true
                    *     | /a    | false | false
                    """,
            useHeadersInDisplayName = true)
    void whatNoBrokerHasSeenMayOnlyTakeAway(
            @Nullable String was, @Nullable String now, boolean seen, boolean taken) {
        assertEquals(taken, takes(MetadataVersion.IBP_4_3_IV0, was, now, seen));
    }

    @Test
    void olderMetadataCannotSayIt() {
        assertEquals(false, takes(MetadataVersion.IBP_4_2_IV1, null, "/a", true));
        assertEquals(false, takes(MetadataVersion.IBP_4_2_IV1, null, "", true));
    }

    private static boolean takes(
            MetadataVersion version, @Nullable String was, @Nullable String now, boolean seen) {
        try {
            CordonedDirectories.checkChange(
                    version,
                    settings(was),
                    settings(now),
                    seen ? Origin.SEEN_BY_BROKER : Origin.OTHER);
            return true;
        } catch (InvalidConfigurationException refused) {
            return false;
        }
    }

    private static Map<String, String> settings(@Nullable String value) {
        return value == null ? Map.of() : Map.of(CordonedDirectories.KEY, value);
    }
}
