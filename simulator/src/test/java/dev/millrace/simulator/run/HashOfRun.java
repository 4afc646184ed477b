package dev.millrace.simulator.run;

import dev.millrace.simulator.world.ClusterOptions.Limits;
import java.util.Arrays;
import java.util.stream.Collectors;

/// Prints the hashes of the gate runs of some seeds: a process of its own, to compare with.
final class HashOfRun {
    private HashOfRun() {}

    /// @param arguments the seeds
    public static void main(String[] arguments) {
        System.out.println(
                Arrays.stream(arguments)
                        .mapToLong(Long::parseLong)
                        .mapToObj(seed ->
                                ClusterRun.of(seed, ClusterRun.gate(seed, Limits.NONE), false))
                        .map(HashOfRun::words)
                        .collect(Collectors.joining("; ")));
    }

    static String words(RunResult result) {
        return Long.toHexString(result.hash()) + " " + result.events();
    }
}
