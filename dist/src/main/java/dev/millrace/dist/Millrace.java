package dev.millrace.dist;

import dev.millrace.cli.Commands;
import dev.millrace.cli.QuietLogging;
import dev.millrace.cli.Terminal;
import java.io.IOException;
import java.util.Arrays;
import picocli.CommandLine.Command;

/// The command `millrace`. `up` runs a broker in this process; everything else is the command line's.
public final class Millrace {
    static final long STARTED_MS = System.currentTimeMillis();

    private Millrace() {}

    @Command(
            name = "millrace",
            description = "An event streaming platform that speaks Kafka's protocol.",
            subcommands = UpCommand.class)
    private static final class Root {}

    /// Ends the process with the command's exit code: 0 done, 1 failed, 2 the command line is wrong.
    public static void main(String[] words) throws IOException, InterruptedException {
        int exitCode;
        if (words.length > 0 && words[0].equals("up")) {
            exitCode = Up.run(Arrays.asList(words).subList(1, words.length));
        } else if (words.length == 2 && words[0].equals("train-command-line")) {
            QuietLogging.install();
            Training.commandLine(new Root(), words[1]);
            exitCode = 0;
        } else {
            QuietLogging.install();
            exitCode = Commands.run(new Root(), words, Terminal.system());
        }
        System.exit(exitCode);
    }
}
