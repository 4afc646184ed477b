package dev.millrace.dist;

import dev.millrace.broker.doctor.DoctorRun;
import dev.millrace.cli.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/// Gives `doctor` its place in the list of commands that `millrace --help` prints; [DoctorRun] does the work, and reads the words.
@Command(
        name = "doctor",
        description = "Check a data directory while no broker runs on it, and repair it.")
final class DoctorCommand implements Callable<Integer> {
    @Unmatched List<String> words = new ArrayList<>();

    @Override
    public Integer call() {
        return run(words, Terminal.system());
    }

    static int run(List<String> words, Terminal terminal) {
        return DoctorRun.run(words, terminal.out(), terminal.err(), terminal.interactive());
    }
}
