package dev.millrace.cli.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Settings to set and to remove.
///
/// @param set new values by key, in the order given
/// @param removed keys that go back to their defaults
public record ConfigChanges(Map<String, String> set, List<String> removed) {
    /// Reads `k1=v1,k2=[v1,v2],k3=v3`: a comma or `=` inside square brackets belongs to the value, the brackets do not.
    public static Map<String, String> parseSet(String text) {
        var set = new LinkedHashMap<String, String>();
        for (String pair : split(text)) {
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw CommandFailed.usage(
                        "Invalid entity config: all configs to be added must be in the format \"key=val\", but got '"
                                + pair
                                + "'");
            }
            set.put(
                    pair.substring(0, equals).strip(),
                    unbracketed(pair.substring(equals + 1).strip()));
        }
        return set;
    }

    private static String unbracketed(String value) {
        boolean bracketed = value.startsWith("[") && value.endsWith("]");
        return bracketed ? value.substring(1, value.length() - 1) : value;
    }

    /// Cuts at the commas outside of brackets.
    private static List<String> split(String text) {
        var parts = new ArrayList<String>();
        int depth = 0;
        int start = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (c == ',' && depth == 0) {
                parts.add(text.substring(start, at).strip());
                start = at + 1;
            }
        }
        parts.add(text.substring(start).strip());
        return parts;
    }

    /// Reads `k1,k2`.
    public static List<String> parseRemoved(String text) {
        var removed = new ArrayList<String>();
        for (String key : text.split(",", -1)) {
            if (!key.isBlank()) {
                removed.add(key.strip());
            }
        }
        return removed;
    }
}
