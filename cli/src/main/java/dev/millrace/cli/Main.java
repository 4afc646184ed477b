package dev.millrace.cli;

import dev.millrace.cli.tools.Tools;
import java.util.Arrays;

/// The command line alone, without a broker beside it: `java -cp ... dev.millrace.cli.Main topic list`, or a tool by its name,
/// `... Main kafka-topics --list ...`.
public final class Main {
    private Main() {}

    /// Ends the process with the command's exit code.
    public static void main(String[] words) {
        QuietLogging.install();
        System.exit(run(words, Terminal.system()));
    }

    /// Runs one command.
    ///
    /// @return 0 done, 1 failed, 2 the command line is wrong (1 for a tool with Kafka's name, as Kafka has it)
    public static int run(String[] words, Terminal terminal) {
        if (words.length > 0 && words[0].startsWith("kafka-")) {
            return Tools.run(words[0], Arrays.copyOfRange(words, 1, words.length), terminal);
        }
        return Commands.run(new Root(), words, terminal);
    }

    @picocli.CommandLine.Command(
            name = "millrace",
            description = "An event streaming platform that speaks Kafka's protocol.")
    private static final class Root {}
}
