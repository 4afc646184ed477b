package dev.millrace.dist;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/// Gives `up` its place in the list of commands that `millrace --help` prints; [Up] does the work, and [UpOptions] reads the
/// words.
@Command(name = "up", description = "Run a broker in this terminal.")
final class UpCommand implements Callable<Integer> {
    @Unmatched List<String> words = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
        return Up.run(words);
    }
}
