package dev.millrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `millrace version`.
@Command(
        name = "version",
        description =
                "Print the version of Millrace, of the Kafka protocol it speaks, and of Java.",
        footer = {"", "Examples:", "  millrace version", "  millrace version --output json"})
final class VersionCommand implements Callable<Integer> {
    @Option(
            names = "--output",
            paramLabel = "FORM",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    OutputForm output = OutputForm.text;

    private final Terminal terminal;

    VersionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (output == OutputForm.json) {
            Json.print(
                    terminal,
                    json ->
                            json.writeStartObject()
                                    .writeStringProperty("millrace", Versions.millrace())
                                    .writeStringProperty("kafka", Versions.kafka())
                                    .writeStringProperty("java", Runtime.version().toString())
                                    .writeEndObject());
        } else {
            terminal.line(Versions.line());
        }
        return 0;
    }
}
