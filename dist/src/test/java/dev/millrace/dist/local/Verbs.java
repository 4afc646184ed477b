package dev.millrace.dist.local;

import dev.millrace.broker.StartFailed;
import dev.millrace.broker.config.Settings;
import dev.millrace.cli.Commands;
import dev.millrace.cli.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/// `millrace ...` as a person types it, within this process: what the last command printed, and how it ended.
final class Verbs {
    private static final int TRIES = 10;

    private String awaited = "";
    private Runnable then = () -> {};
    private final ByteArrayOutputStream out =
            new ByteArrayOutputStream() {
                @Override
                public synchronized void write(byte[] bytes, int from, int length) {
                    super.write(bytes, from, length);
                    if (!awaited.isEmpty() && out().contains(awaited)) {
                        awaited = "";
                        then.run();
                    }
                }
            };
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Command(name = "millrace")
    private static final class Root {}

    /// A cluster in memory on ports that are free; again where somebody else has taken one of them before its broker did.
    static LocalCluster cluster(Settings settings, int brokers) throws Exception {
        for (int i = 1; ; i++) {
            try {
                return LocalCluster.start(LocalPlan.of(settings, brokers), true);
            } catch (StartFailed failed) {
                if (i == TRIES || !String.valueOf(failed.getMessage()).contains("is in use")) {
                    throw failed;
                }
            }
        }
    }

    /// What is done, once, within the next command as soon as it has printed that.
    void when(String printed, Runnable step) {
        awaited = printed;
        then = step;
    }

    /// @param input what the command reads
    /// @return the exit code
    int run(LocalCluster cluster, String input, List<String> words) {
        return run(cluster.plan().bootstrapServers(), input, words);
    }

    /// As [#run(LocalCluster, String, List)], of the cluster that is reached there.
    int run(String bootstrapServers, String input, List<String> words) {
        out.reset();
        err.reset();
        var all = new ArrayList<>(words);
        all.addAll(List.of("--bootstrap-server", bootstrapServers));
        var terminal =
                new Terminal(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false);
        return Commands.run(new Root(), all.toArray(String[]::new), terminal);
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8).strip();
    }
}
