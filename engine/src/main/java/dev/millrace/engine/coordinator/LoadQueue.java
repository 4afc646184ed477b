package dev.millrace.engine.coordinator;

import dev.millrace.engine.env.Turn;
import java.util.ArrayDeque;
import java.util.Optional;

/// Which of a topic's shards are being loaded: a few at a time, in the order in which they were added. So the first are there long before
/// the last, and what others want of the workers waits for few slices.
///
/// **Owner.** A turn of its own; loads are begun in none. **Bound.** What waits are shards that are led here.
final class LoadQueue {
    /// A load has one piece of work in the queue of the workers, or under way.
    static final int MOST_AT_A_TIME = 4;

    private final Turn turn;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int underWay;

    LoadQueue(Turn turn) {
        this.turn = turn;
    }

    /// Begins a load now, or when its turn has come. It says when it is [#over].
    void add(Runnable load) {
        boolean begins =
                turn.take(() -> {
                    if (underWay < MOST_AT_A_TIME) {
                        underWay++;
                        return true;
                    }
                    waiting.add(load);
                    return false;
                });
        if (begins) {
            load.run();
        }
    }

    /// A load has ended, whichever way: the next takes its place.
    void over() {
        Optional<Runnable> next =
                turn.take(() -> {
                    if (waiting.isEmpty()) {
                        underWay--;
                    }
                    return Optional.ofNullable(waiting.poll());
                });
        next.ifPresent(Runnable::run);
    }
}
