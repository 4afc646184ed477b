package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.PartitionCount;
import dev.millrace.cli.cluster.Transactions;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `millrace txn list | describe | abort | why`: transactional ids, and what keeps readers from going on.
@Command(
        name = "txn",
        description = "List, describe and abort transactions; say what holds readers back.",
        footer = {
            "",
            "Examples:",
            "  millrace txn list --state Ongoing",
            "  millrace txn describe billing-1",
            "  millrace txn why orders:3",
            "  millrace txn abort billing-1"
        })
final class TxnCommand {
    private final Terminal terminal;

    TxnCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Command(
            name = "list",
            description =
                    "Print the transactional ids with their states, producer ids and coordinators.",
            footer = {
                "",
                "Examples:",
                "  millrace txn list",
                "  millrace txn list --state Ongoing --longer-than 60",
                "  millrace txn list --output json"
            })
    int list(
            @Option(
                            names = "--state",
                            paramLabel = "STATE",
                            description =
                                    "Only those in this state: Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit or"
                                            + " CompleteAbort.")
                    @Nullable String state,
            @Option(
                            names = "--longer-than",
                            paramLabel = "SECONDS",
                            description = "Only those that began longer ago.")
                    @Nullable Double seconds,
            @Option(
                            names = "--pattern",
                            paramLabel = "REGEX",
                            description = "Only transactional ids that match, as a whole.")
                    @Nullable String pattern,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        var options = new ListTransactionsOptions();
        if (state != null) {
            options.filterStates(Set.of(state(state)));
        }
        if (seconds != null) {
            options.filterOnDuration((long) (seconds * 1_000));
        }
        if (pattern != null) {
            options.filterOnTransactionalIdPattern(pattern);
        }
        try (var connection = cluster.connect()) {
            report(connection).list(options, output);
        }
        return 0;
    }

    private static TransactionState state(String name) {
        TransactionState state = TransactionState.parse(name);
        if (state == TransactionState.UNKNOWN) {
            throw CommandFailed.usage(
                    "there is no state '"
                            + name
                            + "': there are Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit and CompleteAbort");
        }
        return state;
    }

    @Command(
            name = "describe",
            description =
                    "Show what transactional ids are at, who uses them, and the partitions in their transactions.",
            footer = {
                "",
                "CLIENT is what a Millrace coordinator remembers of the last request, asked over HTTP.",
                "",
                "Examples:",
                "  millrace txn describe billing-1",
                "  millrace txn describe billing-1 --output json"
            })
    int describe(
            @Parameters(
                            paramLabel = "TRANSACTIONAL-ID",
                            arity = "1..*",
                            description = "The transactional ids.")
                    List<String> ids,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        try (var connection = cluster.connect()) {
            report(connection).describe(ids, output);
        }
        return 0;
    }

    @Command(
            name = "why",
            description =
                    "Say what holds the last stable offset of a partition back, and how to end it: readers of committed records get no"
                            + " further.",
            footer = {
                "",
                "Examples:",
                "  millrace txn why orders:3",
                "  millrace txn why orders:3 --output json"
            })
    int why(
            @Parameters(paramLabel = "TOPIC:PARTITION", description = "The partition.")
                    String partition,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        TopicPartition which = partition(partition);
        try (var connection = cluster.connect()) {
            PartitionCount.require(connection.admin(), which);
            var transactions = new Transactions(connection.admin());
            var open = transactions.open(which).stream().map(transactions::withClient).toList();
            new TxnWhy(terminal, InstantSource.system()).print(which, open, output);
        }
        return 0;
    }

    static TopicPartition partition(String text) {
        int colon = text.lastIndexOf(':');
        try {
            int number = colon < 1 ? -1 : Integer.parseInt(text.substring(colon + 1));
            if (number >= 0) {
                return new TopicPartition(text.substring(0, colon), number);
            }
        } catch (NumberFormatException notOne) {
            // said below
        }
        throw CommandFailed.usage("'" + text + "' is not of the form TOPIC:PARTITION");
    }

    @Command(
            name = "abort",
            description =
                    "Abort the transaction of a transactional id, and fence whoever uses it; or end what hangs in one partition, which no"
                            + " coordinator knows of.",
            footer = {
                "",
                "Examples:",
                "  millrace txn abort billing-1",
                "  millrace txn abort --partition orders:3 --start-offset 1042"
            })
    int abort(
            @Parameters(
                            paramLabel = "TRANSACTIONAL-ID",
                            arity = "0..1",
                            description = "The transactional id.")
                    @Nullable String id,
            @Option(
                            names = "--partition",
                            paramLabel = "TOPIC:PARTITION",
                            description = "The partition in which a transaction hangs.")
                    @Nullable String partition,
            @Option(
                            names = "--start-offset",
                            paramLabel = "OFFSET",
                            description = "With --partition: where it begins.")
                    @Nullable Long startOffset,
            @Mixin ClusterOptions cluster) {
        boolean hanging = partition != null && startOffset != null;
        if ((id == null) != hanging || (partition == null) != (startOffset == null)) {
            throw CommandFailed.usage(
                    "either a transactional id, or --partition with --start-offset");
        }
        try (var connection = cluster.connect()) {
            var transactions = new Transactions(connection.admin());
            if (id != null) {
                terminate(transactions, id);
            } else if (partition != null && startOffset != null) {
                TopicPartition which = partition(partition);
                PartitionCount.require(connection.admin(), which);
                abort(transactions, which, startOffset);
            }
        }
        return 0;
    }

    private void terminate(Transactions transactions, String id) {
        // What does not exist would be made by fencing it.
        TransactionState before = transactions.known(id).state();
        transactions.terminate(id);
        String what =
                switch (before) {
                    case ONGOING -> "aborted what was open of " + id;
                    case PREPARE_COMMIT -> id + " was about to commit, and has";
                    case PREPARE_ABORT, PREPARE_EPOCH_FENCE -> id + " was about to abort, and has";
                    default -> "nothing was open of " + id;
                };
        terminal.line(what + "; its producers are fenced");
    }

    private void abort(Transactions transactions, TopicPartition partition, long startOffset) {
        transactions.abort(
                transactions
                        .openAt(partition, startOffset)
                        .orElseThrow(() ->
                                CommandFailed.because(
                                        "no transaction that is open in "
                                                + partition
                                                + " begins at "
                                                + startOffset)));
        terminal.line("aborted in " + partition);
    }

    private TxnReport report(Connection connection) {
        return new TxnReport(
                new Transactions(connection.admin()), terminal, InstantSource.system());
    }
}
