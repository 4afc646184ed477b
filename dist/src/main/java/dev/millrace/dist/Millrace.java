package dev.millrace.dist;

import dev.millrace.cli.Commands;
import dev.millrace.cli.QuietLogging;
import dev.millrace.cli.Terminal;
import dev.millrace.cli.Versions;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;

/// The command `millrace`. `up` runs a broker in this process, `doctor` looks at a broker's files; everything else is the command line's.
public final class Millrace {
    static final long STARTED_MS = System.currentTimeMillis();

    /// What asks for nothing else is answered without picocli: no start-up cache holds it, and it takes longer than all else.
    private static final Set<String> VERSION = Set.of("version", "--version", "-V");

    private Millrace() {}

    @Command(
            name = "millrace",
            description = "An event streaming platform that speaks Kafka's protocol.",
            subcommands = {
                UpCommand.class,
                AdoptCommand.class,
                DoctorCommand.class,
                FormatCommand.class
            })
    private static final class Root {}

    /// Ends the process with the command's exit code: 0 done, 1 failed, 2 the command line is wrong.
    public static void main(String[] words) throws IOException, InterruptedException {
        int exitCode;
        if (words.length > 0 && words[0].equals("up")) {
            exitCode = Up.run(Arrays.asList(words).subList(1, words.length));
        } else if (words.length == 1 && VERSION.contains(words[0])) {
            System.out.println(Versions.line());
            exitCode = 0;
        } else {
            QuietLogging.install();
            KnownProviders.name();
            Terminal terminal = Terminal.system();
            try {
                exitCode = run(words, terminal);
            } finally {
                terminal.out().flush();
            }
        }
        end(exitCode);
    }

    private static int run(String[] words, Terminal terminal) throws IOException {
        List<String> all = Arrays.asList(words);
        if (words.length > 0 && words[0].equals("doctor")) {
            return DoctorCommand.run(all.subList(1, words.length), terminal);
        } else if (words.length > 0 && words[0].equals("format")) {
            return FormatCommand.run(all.subList(1, words.length), terminal);
        } else if (words.length > 1
                && words[0].equals("tool")
                && words[1].startsWith("kafka-storage")) {
            return FormatCommand.tool(all.subList(2, words.length), terminal);
        } else if (words.length == 2 && words[0].equals("train-command-line")) {
            Training.commandLine(new Root(), words[1]);
            return 0;
        }
        return Commands.run(new Root(), words, terminal);
    }

    /// Success ends by returning where nothing else runs: `System.exit` asks for a logger first, and looks for it in every library.
    private static void end(int exitCode) {
        if (exitCode != 0 || isOtherRunning()) {
            System.exit(exitCode);
        }
    }

    private static boolean isOtherRunning() {
        var threads = new Thread[Thread.activeCount() + 8];
        int count = Thread.enumerate(threads);
        for (int i = 0; i < count; i++) {
            if (!threads[i].equals(Thread.currentThread()) && !threads[i].isDaemon()) {
                return true;
            }
        }
        return count == threads.length;
    }
}
