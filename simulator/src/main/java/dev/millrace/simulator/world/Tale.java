package dev.millrace.simulator.world;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;

/// What happened in a run: a hash over every event, and, when asked for, the last events in words.
public final class Tale {
    private static final int LINES = 600;

    private final SimWorld world;
    private final boolean told;
    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private long hash;

    /// @param told whether words are kept; they cost time
    public Tale(SimWorld world, boolean told) {
        this.world = world;
        this.told = told;
    }

    /// An event, in words that are made only when they are wanted.
    ///
    /// @param who a node's id, a client's, or 0
    public void tell(int who, int kind, long fact, Supplier<String> words) {
        event(who, kind, fact);
        say(who, words);
    }

    /// As [#tell], for what follows from other events.
    public void say(int who, Supplier<String> words) {
        if (told) {
            if (lines.size() == LINES) {
                lines.removeFirst();
            }
            lines.add("%10.3f %4d  %s".formatted(world.nowNs() / 1e9, who, words.get()));
        }
    }

    /// An event that is not worth words.
    public void event(int who, int kind, long fact) {
        mix(world.nowNs());
        mix(((long) who << 32) + kind);
        mix(fact);
    }

    private void mix(long fact) {
        hash = (hash ^ fact) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
    }

    public boolean isTold() {
        return told;
    }

    /// The same for the same seed, in every process.
    public long hash() {
        return hash;
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }
}
