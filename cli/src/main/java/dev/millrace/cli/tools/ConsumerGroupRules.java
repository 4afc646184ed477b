package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.List;

/// Which options of `kafka-consumer-groups` go together, each refusal in the words of Kafka's tool.
final class ConsumerGroupRules {
    private ConsumerGroupRules() {}

    static void check(String action, Arguments arguments) {
        arguments.bootstrapServers();
        for (String form : List.of("members", "verbose", "offsets")) {
            arguments.available(form, "describe");
        }
        arguments.available("state", "describe", "list");
        arguments.available("type", "list");
        switch (action) {
            case "describe" -> checkDescribe(arguments);
            case "delete" -> checkDelete(arguments);
            case "delete-offsets" -> checkDeleteOffsets(arguments);
            case "reset-offsets" -> checkReset(arguments);
            default -> {}
        }
        arguments.refuse("group", "all-groups", "list");
        arguments.refuse("topic", "list", "describe");
    }

    private static void requireGroups(String action, Arguments arguments) {
        if (!arguments.has("group") && !arguments.has("all-groups")) {
            throw CommandFailed.usage(
                    "Option [" + action + "] takes one of these options: [all-groups], [group]");
        }
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

    private static void checkDelete(Arguments arguments) {
        requireGroups("delete", arguments);
        if (arguments.has("topic")) {
            throw CommandFailed.usage(
                    "The consumer does not support topic-specific offset deletion from a consumer group.");
        }
    }

    private static void checkDeleteOffsets(Arguments arguments) {
        if (!arguments.has("group") || !arguments.has("topic")) {
            throw CommandFailed.usage(
                    "Option [delete-offsets] takes the following options: [group], [topic]");
        }
    }

    private static void checkReset(Arguments arguments) {
        requireGroups("reset-offsets", arguments);
        ResetTargets.check(arguments);
        if (!arguments.has("from-file") && arguments.has("topic") == arguments.has("all-topics")) {
            throw CommandFailed.usage(
                    "One of the reset scopes should be defined: --all-topics, --topic.");
        }
    }
}
