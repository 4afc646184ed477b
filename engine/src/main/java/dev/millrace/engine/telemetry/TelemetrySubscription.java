package dev.millrace.engine.telemetry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// One `client-metrics` resource: which metrics are wanted, how often, of whom.
///
/// @param metrics prefixes of names; `*` stands for all
/// @param match a regular expression by selector; a client must match each of them wholly
record TelemetrySubscription(
        String name, List<String> metrics, int intervalMs, Map<String, Pattern> match) {
    /// Longer names match nothing: an expression that backtracks must not take a thread with it.
    private static final int LONGEST_MATCHED = 1_000;

    static final int DEFAULT_INTERVAL_MS = 300_000;

    /// The resource as it is configured. What the controller's checks let through is read as written; should there be
    /// anything else, it selects nobody.
    static @Nullable TelemetrySubscription of(String name, Map<String, String> config) {
        try {
            String interval = config.get("interval.ms");
            return new TelemetrySubscription(
                    name,
                    list(config.get("metrics")),
                    interval == null ? DEFAULT_INTERVAL_MS : Integer.parseInt(interval.strip()),
                    patterns(list(config.get("match"))));
        } catch (NumberFormatException | PatternSyntaxException _) {
            return null;
        }
    }

    private static List<String> list(@Nullable String text) {
        var elements = new ArrayList<String>();
        for (String element : text == null ? new String[0] : text.split(",", -1)) {
            if (!element.isBlank()) {
                elements.add(element.strip());
            }
        }
        return elements;
    }

    private static Map<String, Pattern> patterns(List<String> pairs) {
        var patterns = new LinkedHashMap<String, Pattern>();
        for (String pair : pairs) {
            int equals = pair.indexOf('=');
            if (equals < 0) {
                throw new PatternSyntaxException("no selector", pair, 0);
            }
            String expression = pair.substring(equals + 1).strip();
            patterns.put(pair.substring(0, equals).strip(), Pattern.compile(expression));
        }
        return patterns;
    }

    boolean selects(TelemetryClient client) {
        return match.entrySet().stream()
                .allMatch(selector -> {
                    String value = value(selector.getKey(), client);
                    return value.length() <= LONGEST_MATCHED
                            && selector.getValue().matcher(value).matches();
                });
    }

    private static String value(String selector, TelemetryClient client) {
        return switch (selector) {
            case "client_instance_id" -> client.instanceId().toString();
            case "client_id" -> client.clientId();
            case "client_software_name" -> client.softwareName();
            case "client_software_version" -> client.softwareVersion();
            case "client_source_address" -> client.sourceAddress();
            // The port that the client came from is not known here: only ".*" matches it.
            default -> "";
        };
    }
}
