package dev.millrace.simulator.world;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/// The roads between machines, and between clients and machines: some are closed, in one direction or both, and all are slow now
/// and then.
///
/// Connections run over them: what is sent on one connection keeps its order, and waits where a road is closed. So nothing is lost but
/// with its connection, as with TCP.
public final class Roads {
    private static final long MILLISECOND = 1_000_000;

    private final SimWorld world;
    private final Random chance;
    private final double late;
    private final double breaks;
    private final Set<Long> closed = new HashSet<>();
    private boolean calm;
    private long stormUntilNs;
    private long openedNs;
    private int held;

    /// @param late chance that a message takes much longer than others
    /// @param breaks chance that a connection breaks at a message
    Roads(SimWorld world, double late, double breaks) {
        this.world = world;
        this.chance = world.stream("roads");
        this.late = late;
        this.breaks = breaks;
    }

    private static long road(int from, int to) {
        return ((long) from << 32) | (to & 0xFFFFFFFFL);
    }

    public void close(int from, int to) {
        closed.add(road(from, to));
    }

    public void openAll() {
        if (!closed.isEmpty()) {
            openedNs = world.nowNs();
        }
        closed.clear();
    }

    /// Everything is slow for a while.
    public void storm(long ns) {
        stormUntilNs = world.nowNs() + ns;
    }

    /// Whether for so long all roads have been open, and nothing was slower than usual.
    public boolean wereGood(long ns) {
        return closed.isEmpty() && world.nowNs() - Math.max(openedNs, stormUntilNs) >= ns;
    }

    /// From now on nothing bad happens.
    void calm() {
        calm = true;
        openAll();
        stormUntilNs = 0;
    }

    boolean isClosed(int from, int to) {
        boolean isClosed = !closed.isEmpty() && closed.contains(road(from, to));
        held += isClosed ? 1 : 0;
        return isClosed;
    }

    /// How often something could not pass.
    public int held() {
        return held;
    }

    private boolean storms() {
        return world.nowNs() < stormUntilNs;
    }

    long delay() {
        long delay = 50_000 + chance.nextLong(MILLISECOND);
        if (!calm && (storms() || (late > 0 && chance.nextDouble() < late))) {
            delay += chance.nextLong(1_500 * MILLISECOND);
        }
        return delay;
    }

    /// How long something waits before it tries a closed road again.
    long pause() {
        return 20 * MILLISECOND + chance.nextLong(200 * MILLISECOND);
    }

    boolean breaksNow() {
        return !calm
                && (breaks > 0 || storms())
                && chance.nextDouble() < breaks + (storms() ? 0.05 : 0);
    }

    boolean coin() {
        return chance.nextBoolean();
    }
}
