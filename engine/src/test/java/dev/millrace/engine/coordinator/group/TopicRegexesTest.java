package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.engine.metadata.TestMetadata;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TopicRegexesTest {
    private final TestMetadata metadata = TestMetadata.withBrokers(1);

    TopicRegexesTest() {
        for (String name : List.of("orders", "orders.eu", "reorders", "__consumer_offsets")) {
            metadata.topic(name, 1, 1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    orders,      orders
                    orders.*,    orders orders.eu
                    .*orders,    orders reorders
                    .*offsets,   __consumer_offsets
                    (?i)ORDERS,  orders
                    rders,       ''
                    """)
    void theWholeNameMatches(String regex, String want) {
        Set<String> topics =
                TopicRegexes.resolve(Set.of(regex), metadata.image().topics()).get(regex);
        assertEquals(want, String.join(" ", topics));
    }

    @Test
    void oneThatCannotBeReadMatchesNothing() {
        assertEquals(
                Map.of("[", Set.of(), "reorders", Set.of("reorders")),
                TopicRegexes.resolve(Set.of("[", "reorders"), metadata.image().topics()));
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    [,        missing closing ]
                    (a,       missing closing )
                    a{9999},  invalid repeat count
                    (?=a),    invalid or unsupported Perl syntax
                    """)
    void whatIsNotRe2IsRefused(String regex, String why) {
        ApiError refused = TopicRegexes.check(regex);
        assertNotNull(refused);
        assertEquals(Errors.INVALID_REGULAR_EXPRESSION, refused.error());
        assertEquals(
                "SubscribedTopicRegex `"
                        + regex
                        + "` is not a valid regular expression: "
                        + why
                        + ".",
                refused.message());
    }

    @Test
    void whatIsRe2IsNot() {
        assertNull(TopicRegexes.check("a+|b*"));
    }
}
