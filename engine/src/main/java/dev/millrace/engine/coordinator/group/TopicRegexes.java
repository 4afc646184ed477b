package dev.millrace.engine.coordinator.group;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/// Subscriptions by pattern, which the coordinator matches in the consumer protocol (KIP-848). RE2's syntax and its promise: time
/// linear in the name, whatever pattern a client thinks of.
final class TopicRegexes {
    private TopicRegexes() {}

    /// @return why a pattern is refused; null when it can be used
    static @Nullable ApiError check(String regex) {
        try {
            Pattern.compile(regex);
            return null;
        } catch (PatternSyntaxException wrong) {
            return new ApiError(
                    Errors.INVALID_REGULAR_EXPRESSION,
                    "SubscribedTopicRegex `%s` is not a valid regular expression: %s."
                            .formatted(regex, wrong.getDescription()));
        }
    }

    /// The topics whose whole name matches, internal ones included as in Kafka.
    ///
    /// @param regexes checked before; one that cannot be read matches nothing
    /// @return names in order, for each of the patterns
    static Map<String, Set<String>> resolve(Set<String> regexes, TopicsImage topics) {
        var resolved = new TreeMap<String, Set<String>>();
        for (String regex : regexes) {
            resolved.put(regex, check(regex) == null ? matching(regex, topics) : new TreeSet<>());
        }
        return resolved;
    }

    private static Set<String> matching(String regex, TopicsImage topics) {
        Pattern pattern = Pattern.compile(regex);
        var matching = new TreeSet<String>();
        for (TopicImage topic : topics.inNameOrder()) {
            if (pattern.matches(topic.name())) {
                matching.add(topic.name());
            }
        }
        return matching;
    }
}
