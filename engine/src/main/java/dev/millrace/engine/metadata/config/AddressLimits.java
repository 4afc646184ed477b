package dev.millrace.engine.metadata.config;

import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How many connections may come from single addresses, as Kafka's key has it: `ADDRESS:NUMBER,ADDRESS:NUMBER`. Kafka's definition takes any
/// text.
public final class AddressLimits {
    public static final String KEY = "max.connections.per.ip.overrides";
    public static final String ALLOWED = "write it as ADDRESS:NUMBER,ADDRESS:NUMBER";

    private AddressLimits() {}

    /// @return by address; null when the value is nothing of the kind
    public static @Nullable SortedMap<String, Integer> parse(String value) {
        var limits = new TreeMap<String, Integer>();
        for (String element : value.split(",", -1)) {
            if (element.isBlank()) {
                continue;
            }
            int colon = element.lastIndexOf(':');
            String address = element.substring(0, Math.max(colon, 0)).strip();
            int limit = number(element.substring(colon + 1).strip());
            if (address.isEmpty() || limit < 0) {
                return null;
            }
            limits.put(address, limit);
        }
        return limits;
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
