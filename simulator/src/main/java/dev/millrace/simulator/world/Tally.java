package dev.millrace.simulator.world;

import java.util.Map;
import java.util.TreeMap;

/// What happened how often.
public final class Tally {
    private final Map<String, Integer> counts = new TreeMap<>();

    public void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    public Map<String, Integer> counts() {
        return counts;
    }
}
