package dev.millrace.dist;

import dev.millrace.broker.format.StorageTool;
import dev.millrace.cli.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/// Gives `format` its place in the list of commands that `millrace --help` prints; [StorageTool] does the work, and reads the words.
@Command(
        name = "format",
        description = "Format a node's directories by hand, as kafka-storage does.")
final class FormatCommand implements Callable<Integer> {
    @Unmatched List<String> words = new ArrayList<>();

    @Override
    public Integer call() {
        return run(words, Terminal.system());
    }

    static int run(List<String> words, Terminal terminal) {
        return StorageTool.format(words, terminal.out(), terminal.err());
    }

    /// `kafka-storage`: the tool that looks at files, and so is none of the command line's.
    static int tool(List<String> words, Terminal terminal) {
        return StorageTool.run(words, terminal.out(), terminal.err());
    }
}
