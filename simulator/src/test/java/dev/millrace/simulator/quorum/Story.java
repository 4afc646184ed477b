package dev.millrace.simulator.quorum;

import dev.millrace.simulator.world.SimWorld;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/// What happened in a run: a hash over every event, and, when asked for, the last events in words.
final class Story {
    private static final int LINES = 400;

    private final SimWorld world;
    private final boolean told;
    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private final CRC32C crc = new CRC32C();
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

    void bytes(int node, int kind, byte[] bytes) {
        crc.reset();
        crc.update(bytes);
        event(node, kind, crc.getValue());
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
