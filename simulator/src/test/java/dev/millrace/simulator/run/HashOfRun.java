package dev.millrace.simulator.run;

import java.util.Arrays;
import java.util.stream.Collectors;

/// Prints the hashes of the runs of some seeds: a process of its own, to compare with.
final class HashOfRun {
    private HashOfRun() {}

    public static void main(String[] seeds) {
        System.out.println(hashes(seeds));
    }

    static String hashes(String... seeds) {
        return Arrays.stream(seeds)
                .map(seed -> ClusterRun.of(Long.parseLong(seed)))
                .map(result -> Long.toHexString(result.hash()) + " " + result.events())
                .collect(Collectors.joining("; "));
    }
}
