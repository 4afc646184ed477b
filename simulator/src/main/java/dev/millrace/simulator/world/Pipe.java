package dev.millrace.simulator.world;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// One direction of a connection: what goes in comes out in that order, some time.
final class Pipe {
    private record Item(long readyNs, Runnable arrival) {}

    private final SimWorld world;
    private final Roads roads;
    private final int from;
    private final int to;
    private final ArrayDeque<Item> items = new ArrayDeque<>();
    private boolean running;

    Pipe(SimWorld world, Roads roads, int from, int to) {
        this.world = world;
        this.roads = roads;
        this.from = from;
        this.to = to;
    }

    void send(Runnable arrival) {
        items.add(new Item(world.nowNs() + roads.delay(), arrival));
        if (!running) {
            running = true;
            next();
        }
    }

    /// What is on its way never arrives.
    void drop() {
        items.clear();
    }

    private void next() {
        @Nullable Item head = items.peek();
        if (head == null) {
            running = false;
        } else {
            world.schedule(head.readyNs - world.nowNs(), this::arrive);
        }
    }

    private void arrive() {
        if (items.isEmpty()) {
            running = false;
        } else if (roads.isClosed(from, to)) {
            world.schedule(roads.pause(), this::arrive);
        } else {
            items.remove().arrival.run();
            next();
        }
    }
}
