package dev.millrace.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/// Which rows of which suites a run takes.
public record Selection(List<Part> parts) {
    /// A suite with the rows that were chosen of it.
    public record Part(Suite suite, List<Workload> rows) {}

    /// Nothing can be run: one sentence that says why.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why);
        }
    }

    /// As the options ask.
    ///
    /// @param suites labels; empty for the main one, or for all of them where a pattern chooses
    /// @param only a pattern that is looked for in the ids; empty for all rows
    /// @param all whether no suite named means all of them
    static Selection of(List<String> suites, String only, boolean all) throws Refused {
        Pattern pattern = pattern(only);
        List<Part> parts = new ArrayList<>();
        for (Suite suite : suites(suites, all || !only.isEmpty())) {
            List<Workload> rows =
                    suite.rows().stream().filter(w -> pattern.matcher(w.id()).find()).toList();
            if (!rows.isEmpty()) {
                parts.add(new Part(suite, rows));
            }
        }
        if (parts.isEmpty()) {
            throw new Refused("no row matches '" + only + "'; --list shows them all");
        }
        return new Selection(List.copyOf(parts));
    }

    private static List<Suite> suites(List<String> labels, boolean all) throws Refused {
        if (labels.isEmpty()) {
            return all ? Suite.all() : List.of(Suite.MAIN);
        }
        List<Suite> suites = new ArrayList<>();
        for (String label : labels) {
            suites.add(suite(label));
        }
        return suites.stream().distinct().sorted().toList();
    }

    private static Suite suite(String label) throws Refused {
        Optional<Suite> found =
                Suite.all().stream().filter(s -> s.label().equalsIgnoreCase(label)).findFirst();
        return found.orElseThrow(() ->
                new Refused(
                        "there is no suite '%s'; the suites are %s"
                                .formatted(
                                        label,
                                        Suite.all().stream()
                                                .map(Suite::label)
                                                .collect(Collectors.joining(", ")))));
    }

    private static Pattern pattern(String only) throws Refused {
        try {
            return Pattern.compile(only);
        } catch (PatternSyntaxException e) {
            throw new Refused("'" + only + "' is not a regular expression: " + e.getDescription());
        }
    }

    List<Workload> rows() {
        return parts.stream().flatMap(part -> part.rows().stream()).toList();
    }
}
