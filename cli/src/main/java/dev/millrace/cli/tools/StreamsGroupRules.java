package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.List;

/// Which options of `kafka-streams-groups` go together, each refusal in the words of Kafka's tool.
final class StreamsGroupRules {
    private static final String GROUPS = "[all-groups], [group]";

    private StreamsGroupRules() {}

    static void check(Arguments arguments) {
        arguments.bootstrapServers();
        arguments.available("state", "list", "describe");
        for (String form : List.of("members", "offsets", "verbose")) {
            arguments.available(form, "describe");
        }
        if (arguments.has("describe")) {
            checkDescribe(arguments);
        }
        if (arguments.has("delete")) {
            checkDelete(arguments);
        }
        if (arguments.has("delete-offsets")) {
            checkDeleteOffsets(arguments);
        }
        if (arguments.has("reset-offsets")) {
            checkReset(arguments);
        }
        checkInternalTopics(arguments);
        if ((arguments.has("dry-run") || arguments.has("execute"))
                && !arguments.has("reset-offsets")) {
            throw CommandFailed.usage("Only Option [reset-offsets] accepts [execute] or [dry-run]");
        }
        arguments.refuse("group", "all-groups", "list");
        arguments.refuse("input-topic", "list", "describe", "delete");
    }

    private static void checkDescribe(Arguments arguments) {
        requireGroups("describe", arguments);
        long forms = List.of("members", "offsets", "state").stream().filter(arguments::has).count();
        if (forms > 1) {
            throw CommandFailed.usage(
                    "Option [describe] takes at most one of these options: [members], [offsets], [state]");
        }
        if (arguments.value("state") != null) {
            throw CommandFailed.usage("Option [describe] does not take a value for [state]");
        }
    }

    private static void requireGroups(String action, Arguments arguments) {
        if (!arguments.has("group") && !arguments.has("all-groups")) {
            throw CommandFailed.usage(
                    "Option [" + action + "] takes one of these options: " + GROUPS);
        }
    }

    private static void checkDelete(Arguments arguments) {
        requireGroups("delete", arguments);
        if (arguments.has("input-topic") || arguments.has("all-input-topics")) {
            throw CommandFailed.usage(
                    "Kafka Streams does not support topic-specific offset deletion from a streams group.");
        }
    }

    private static void checkDeleteOffsets(Arguments arguments) {
        boolean topics = arguments.has("input-topic") || arguments.has("all-input-topics");
        if (!topics || !arguments.has("group")) {
            throw CommandFailed.usage(
                    "Option [delete-offsets] takes the [group] and one of these options: [all-input-topics], [input-topic]");
        }
        if (arguments.values("group").size() > 1) {
            throw CommandFailed.usage(
                    "Option [delete-offsets] supports only one [group] at a time, but found: "
                            + arguments.values("group"));
        }
    }

    private static void checkReset(Arguments arguments) {
        if (!arguments.has("dry-run") && !arguments.has("execute")) {
            throw CommandFailed.usage(
                    "Option [reset-offsets] takes the option: [execute] or [dry-run]");
        }
        requireGroups("reset-offsets", arguments);
        ResetTargets.check(arguments);
        if (!arguments.has("from-file")
                && !arguments.has("input-topic")
                && !arguments.has("all-input-topics")) {
            throw CommandFailed.usage(
                    "One of the reset scopes should be defined: --all-input-topics, --input-topic.");
        }
    }

    private static void checkInternalTopics(Arguments arguments) {
        boolean reset = arguments.has("reset-offsets");
        boolean executed = reset && arguments.has("execute");
        if (arguments.has("delete-all-internal-topics")) {
            if (!reset && !arguments.has("delete")) {
                throw CommandFailed.usage(
                        "Option [delete-all-internal-topics] takes one of these options: [delete], [reset-offsets]");
            }
            if (reset && !executed) {
                throw CommandFailed.usage(
                        "Option [delete-all-internal-topics] takes [execute] when [reset-offsets] is used.");
            }
        } else if (arguments.has("delete-internal-topic") && !executed) {
            throw CommandFailed.usage(
                    "Option [delete-internal-topic] takes [reset-offsets] when [execute] is used.");
        }
    }
}
