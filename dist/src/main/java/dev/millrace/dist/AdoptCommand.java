package dev.millrace.dist;

import dev.millrace.broker.adopt.Adopt;
import dev.millrace.broker.adopt.AdoptRefused;
import dev.millrace.broker.adopt.AdoptReport;
import dev.millrace.broker.adopt.AdoptRequest;
import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `millrace adopt`: the directories of a stopped Apache Kafka become a data directory.
@Command(
        name = "adopt",
        description = {
            "Make a data directory out of those of a stopped Apache Kafka.",
            "It is a single node of Kafka 4.x. Its topics are served with every record at its offset, the groups' offsets and the state of"
                    + " transactions. The original is only read.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  millrace adopt /var/lib/kafka                  a copy, in ./millrace-data",
            "  millrace adopt /disk1/kafka /disk2/kafka --data /disk1/mr --data /disk2/mr",
            "  millrace adopt /var/lib/kafka --data /var/lib/millrace --move"
        })
final class AdoptCommand implements Callable<Integer> {
    private static final int REFUSED = 1;

    @Parameters(
            arity = "1..*",
            paramLabel = "KAFKA_DIR",
            description =
                    "Every directory of the broker's log.dirs, and its metadata.log.dir where that is another one.")
    List<Path> from = List.of();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Where the data will be (default: ./millrace-data); given once, or once for each KAFKA_DIR.")
    List<Path> to = List.of(Path.of("millrace-data"));

    @Option(
            names = "--move",
            description =
                    "Rename the folders of the partitions instead of copying them. Kafka does not start from the original afterwards.")
    boolean move;

    @Option(
            names = "--leave-out",
            split = ",",
            paramLabel = "WHAT",
            description =
                    "What is not to be carried although it is there: acls, scram, quotas, tokens, share-groups.")
    List<String> leaveOut = List.of();

    @Option(names = "--quiet", description = "Print nothing when it is done.")
    boolean quiet;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (to.size() != 1 && to.size() != from.size()) {
            throw CommandFailed.usage("--data is given once, or once for each KAFKA_DIR.");
        }
        var request = request();
        var progress = new AdoptProgressLine(!quiet && Terminal.system().interactive());
        try {
            AdoptReport report = Adopt.run(request, progress);
            progress.clear();
            if (!quiet) {
                System.out.print(
                        report == null
                                ? AdoptText.finished(request)
                                : AdoptText.of(request, report));
            }
            return 0;
        } catch (AdoptRefused e) {
            progress.clear();
            System.err.print(AdoptText.refused(e.reasons()));
            return REFUSED;
        }
    }

    private AdoptRequest request() {
        try {
            return AdoptRequest.of(from, to, move, leaveOut);
        } catch (IllegalArgumentException e) {
            throw CommandFailed.usage(String.valueOf(e.getMessage()));
        }
    }
}
