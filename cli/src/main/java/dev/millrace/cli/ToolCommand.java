package dev.millrace.cli;

import dev.millrace.cli.tools.Tools;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/// `millrace tool kafka-topics ...`: what the scripts in `bin/` call. Everything after the name belongs to the tool.
@Command(
        name = "tool",
        hidden = true,
        description = "Run a tool with the name, flags and output of Apache Kafka's.")
final class ToolCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "NAME")
    String name = "";

    @Unmatched List<String> words = new ArrayList<>();

    private final Terminal terminal;

    ToolCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        return Tools.run(name, words.toArray(String[]::new), terminal);
    }
}
