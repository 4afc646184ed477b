package dev.millrace.engine.coordinator;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import dev.millrace.engine.metadata.ManualTime;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;

/// The doors in a test's hands: its clock, one seed, and work that runs when told to (at once, unless held; what work asks for comes
/// after it).
public final class ManualEnv implements Env {
    public final ManualTime time = new ManualTime();
    private final Random random;
    private final ArrayDeque<Runnable> work = new ArrayDeque<>();
    private boolean holdsWork;
    private boolean works;

    public ManualEnv(long seed) {
        random = new Random(seed);
    }

    public void holdWork() {
        holdsWork = true;
    }

    public void runWork() {
        holdsWork = false;
        if (works) {
            return;
        }
        works = true;
        try {
            while (!holdsWork && !work.isEmpty()) {
                work.remove().run();
            }
        } finally {
            works = false;
        }
    }

    @Override
    public Clock clock() {
        return time;
    }

    @Override
    public Timers timers() {
        return time;
    }

    @Override
    public Workers workers() {
        return (_, action) -> {
            work.add(action);
            if (!holdsWork) {
                runWork();
            }
        };
    }

    @Override
    public Entropy entropy() {
        return new Entropy() {
            @Override
            public Uuid uuid() {
                return new Uuid(random.nextLong() >>> 1, random.nextLong());
            }

            @Override
            public long below(long bound) {
                return random.nextLong(bound);
            }
        };
    }

    @Override
    public Turn newTurn(String owner) {
        return new Turn() {
            // Some tests come on many threads.
            private final ReentrantLock lock = new ReentrantLock();

            @Override
            public <T> T take(Supplier<T> action) {
                lock.lock();
                try {
                    return action.get();
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public boolean held() {
                return lock.isHeldByCurrentThread();
            }
        };
    }
}
