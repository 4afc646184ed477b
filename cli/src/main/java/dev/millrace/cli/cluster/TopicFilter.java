package dev.millrace.cli.cluster;

import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Which topics an expression of `--topic` or `--include` means: a Java regular expression over the whole name, where a comma
/// means "or" and spaces and surrounding quotes are dropped, as Kafka's tools read it.
public final class TopicFilter implements Predicate<String> {
    /// Topics that the cluster keeps for itself, when the caller has only names.
    private static final Pattern INTERNAL =
            Pattern.compile("__consumer_offsets|__transaction_state|__share_group_state");

    private final Pattern pattern;

    private TopicFilter(Pattern pattern) {
        this.pattern = pattern;
    }

    /// @throws CommandFailed when the expression is not a regular expression
    public static TopicFilter of(String expression) {
        String text = expression.strip().replace(',', '|').replace(" ", "");
        text = text.replaceAll("^[\"']+", "").replaceAll("[\"']+$", "");
        try {
            return new TopicFilter(Pattern.compile(text));
        } catch (PatternSyntaxException wrong) {
            throw CommandFailed.usage(
                    expression + " is not a regular expression: " + wrong.getDescription());
        }
    }

    /// Every topic.
    public static TopicFilter all() {
        return new TopicFilter(Pattern.compile(".*"));
    }

    @Override
    public boolean test(String topic) {
        return pattern.matcher(topic).matches();
    }

    /// The expression for a consumer's pattern subscription.
    public Pattern pattern() {
        return pattern;
    }

    /// True for the topics that the cluster keeps for itself.
    public static boolean isInternal(String topic) {
        return INTERNAL.matcher(topic).matches();
    }
}
