package dev.millrace.simulator.run;

import dev.millrace.simulator.world.ClusterOptions.Limits;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// Prints the hashes of the runs of some seeds: a process of its own, to compare with.
final class HashOfRun {
    private HashOfRun() {}

    /// @param arguments the first seed and the last; a third one, whatever it says, asks for short runs
    public static void main(String[] arguments) {
        System.out.println(
                hashes(
                        Long.parseLong(arguments[0]),
                        Long.parseLong(arguments[1]),
                        arguments.length > 2));
    }

    static String hashes(long first, long last, boolean gate) {
        return LongStream.rangeClosed(first, last)
                .mapToObj(seed -> gate ? gate(seed) : ClusterRun.of(seed))
                .map(HashOfRun::words)
                .collect(Collectors.joining("; "));
    }

    private static RunResult gate(long seed) {
        return ClusterRun.of(seed, ClusterRun.gate(seed, Limits.NONE), false);
    }

    static String words(RunResult result) {
        return Long.toHexString(result.hash()) + " " + result.events();
    }
}
