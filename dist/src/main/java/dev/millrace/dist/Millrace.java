package dev.millrace.dist;

import dev.millrace.cli.Commands;
import dev.millrace.cli.QuietLogging;
import dev.millrace.cli.Terminal;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command `millrace`. `up` runs a broker in this process; everything else is the command line's.
public final class Millrace {
    private Millrace() {}

    @Command(
            name = "millrace",
            description = "An event streaming platform that speaks Kafka's protocol.",
            subcommands = UpCommand.class)
    private static final class Root {}

    /// Ends the process with the command's exit code: 0 done, 1 failed, 2 the command line is wrong.
    public static void main(String[] words) {
        int exitCode;
        if (words.length > 0 && words[0].equals("up")) {
            // Its own short way in: no class of another command is loaded before the broker
            // answers.
            exitCode =
                    new CommandLine(new UpCommand())
                            .execute(Arrays.copyOfRange(words, 1, words.length));
        } else {
            QuietLogging.install();
            exitCode = Commands.run(new Root(), words, Terminal.system());
        }
        System.exit(exitCode);
    }
}
