package dev.millrace.simulator.quorum;

import dev.millrace.simulator.world.SimWorld;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;

/// What happened in a run: a hash over every event, and, when asked for, the last events in words.
final class Story {
    private static final int LINES = 400;

    private final SimWorld world;
    private final boolean told;
    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private long hash;

    /// @param told whether words are kept; they cost time
    Story(SimWorld world, boolean told) {
        this.world = world;
        this.told = told;
    }

    /// An event, in words that are made only when they are wanted.
    void tell(int node, int kind, long fact, Supplier<String> words) {
        event(node, kind, fact);
        if (told) {
            if (lines.size() == LINES) {
                lines.removeFirst();
            }
            lines.add("%10.3f n%d %s".formatted(world.nowNs() / 1e9, node, words.get()));
        }
    }

    void event(int node, int kind, long fact) {
        mix(world.nowNs());
        mix(((long) node << 32) + kind);
        mix(fact);
    }

    /// A message. Its length counts and not its bytes: where the consensus client writes a set, its order is another one in each JVM.
    void message(int node, int kind, byte[] bytes) {
        event(node, kind, bytes.length);
    }

    private void mix(long fact) {
        hash = (hash ^ fact) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
    }

    long hash() {
        return hash;
    }

    List<String> lines() {
        return List.copyOf(lines);
    }
}
