package dev.millrace.cli;

import dev.millrace.cli.cluster.BootstrapAddresses;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.tools.Tools;
import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/// The verbs of `millrace` that talk to a broker, and the rim around every verb: help, failures, exit codes.
///
/// Exit codes: 0 done, 1 the work failed, 2 the command line is wrong.
public final class Commands {
    private Commands() {}

    /// Every verb, in the order in which help shows them. A program that has verbs of its own (`up`) adds these to them.
    public static List<Object> all(Terminal terminal) {
        return List.of(
                new TopicCommand(terminal),
                new ProduceCommand(terminal),
                new ConsumeCommand(terminal),
                new GroupCommand(terminal),
                new TxnCommand(terminal),
                new ClusterCommand(terminal),
                new PerfCommand(terminal),
                new VersionCommand(terminal),
                new ToolCommand(terminal));
    }

    /// Runs a command line against a top-level command and the verbs of [#all].
    ///
    /// @param root a picocli command; verbs of its own are declared on its class
    public static int run(Object root, String[] words, Terminal terminal) {
        // The tools parse their words themselves: picocli is not even loaded for them.
        if (words.length > 1 && words[0].equals("tool")) {
            return Tools.run(words[1], Arrays.copyOfRange(words, 2, words.length), terminal);
        }
        try {
            return commandLine(root, terminal).execute(words);
        } finally {
            terminal.out().flush();
        }
    }

    /// The picocli command line for a top-level command with the verbs of [#all] added.
    public static CommandLine commandLine(Object root, Terminal terminal) {
        var commandLine = new CommandLine(root);
        all(terminal).forEach(commandLine::addSubcommand);
        withHelp(commandLine, true);
        commandLine.setUsageHelpWidth(100);
        commandLine.setOut(new PrintWriter(terminal.out(), false, StandardCharsets.UTF_8));
        commandLine.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
        commandLine.setParameterExceptionHandler((wrong, _) -> usage(wrong, terminal));
        commandLine.setExecutionExceptionHandler(
                (failure, command, _) -> failed(failure, command, terminal));
        commandLine.setExecutionStrategy(Commands::executeOrExplain);
        return commandLine;
    }

    /// The root has --help and --version, a verb --help; what belongs to a tool is left to the tool.
    private static void withHelp(CommandLine commandLine, boolean root) {
        var spec = commandLine.getCommandSpec();
        if (spec.findOption("--help") == null && !(spec.userObject() instanceof ToolCommand)) {
            spec.addOption(
                    OptionSpec.builder("-h", "--help")
                            .usageHelp(true)
                            .description("Show this help.")
                            .build());
        }
        if (root && spec.findOption("--version") == null) {
            spec.addOption(
                    OptionSpec.builder("-V", "--version")
                            .versionHelp(true)
                            .description("Show the version.")
                            .build());
            spec.versionProvider(() -> new String[] {Versions.line()});
        }
        commandLine.getSubcommands().values().forEach(verb -> withHelp(verb, false));
    }

    /// A verb that only has verbs (`millrace topic`) shows its help and counts as a wrong command line.
    private static int executeOrExplain(CommandLine.ParseResult parsed) {
        var help = CommandLine.executeHelpRequest(parsed);
        if (help != null) {
            return help;
        }
        var last = parsed.asCommandLineList().getLast();
        Object command = last.getCommandSpec().userObject();
        if (!(command instanceof Runnable)
                && !(command instanceof Callable<?>)
                && !(command instanceof Method)) {
            last.usage(last.getErr());
            return CommandFailed.USAGE;
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private static int usage(ParameterException wrong, Terminal terminal) {
        var command = wrong.getCommandLine();
        terminal.out().flush();
        terminal.err().println(wrong.getMessage());
        terminal.err().println("See `" + command.getCommandSpec().qualifiedName(" ") + " --help`.");
        return CommandFailed.USAGE;
    }

    private static int failed(Exception failure, CommandLine command, Terminal terminal) {
        terminal.out().flush();
        var option = command.getCommandSpec().findOption("--bootstrap-server");
        String address = option == null ? null : option.getValue();
        terminal.err()
                .println(
                        Explanation.of(
                                failure, address == null ? BootstrapAddresses.DEFAULT : address));
        return failure instanceof CommandFailed known ? known.exitCode() : CommandFailed.FAILED;
    }
}
