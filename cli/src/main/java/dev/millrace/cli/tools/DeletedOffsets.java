package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Groups;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// What `--delete-offsets` prints: how it went as a whole, then a row for each partition.
final class DeletedOffsets {
    private DeletedOffsets() {}

    /// @return the exit code
    static int print(String group, Groups.Deletion deletion, Terminal terminal) {
        boolean partly = deletion.partitions().values().stream().anyMatch(Optional::isPresent);
        terminal.line(
                deletion.failure()
                        .map(why -> failure(why, deletion))
                        .orElse(
                                "Request succeeded for deleting offsets from group "
                                        + group
                                        + "."));
        terminal.line("");
        var table = new TextTable().column("TOPIC", 15).column("PARTITION", 10).fixed("STATUS", 15);
        deletion.partitions()
                .forEach((partition, why) ->
                        table.row(
                                List.of(
                                        partition.topic(),
                                        partition.partition() < 0
                                                ? "-"
                                                : String.valueOf(partition.partition()),
                                        why.map(failure -> "Error: " + failure)
                                                .orElse("Successful"))));
        table.print(terminal);
        return partly || deletion.failure().isPresent() ? CommandFailed.FAILED : 0;
    }

    /// A failure that every partition shares is the request's own; otherwise the table tells.
    private static String failure(Throwable why, Groups.Deletion deletion) {
        boolean ofPartitions =
                why instanceof GroupSubscribedToTopicException
                        || why instanceof UnknownTopicOrPartitionException
                        || deletion.partitions().values().stream().anyMatch(Optional::isEmpty);
        return "\nError: "
                + (ofPartitions
                        ? "Encountered some partition-level error, see the follow-up details."
                        : why.getMessage());
    }
}
