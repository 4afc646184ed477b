package dev.millrace.broker.host;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The doors of the engine on this machine.
public final class Host implements Env {
    private static final Logger LOG = LoggerFactory.getLogger(Host.class);
    private static final int WORKERS = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 8);

    private final Consumer<Invariant.Broken> stopTheProcess;
    private final Clock clock = new SystemClock();
    private final Entropy entropy = new SystemEntropy();
    private final TimerThread timers = new TimerThread(this::failed);
    private final WorkerThreads workers = new WorkerThreads(WORKERS, this::failed);

    public Host(Consumer<Invariant.Broken> stopTheProcess) {
        this.stopTheProcess = stopTheProcess;
    }

    private void failed(Throwable failure) {
        if (failure instanceof Invariant.Broken broken) {
            stopTheProcess.accept(broken);
        } else {
            LOG.error("A task in the background failed", failure);
        }
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public Timers timers() {
        return timers;
    }

    @Override
    public Workers workers() {
        return workers;
    }

    @Override
    public Entropy entropy() {
        return entropy;
    }

    @Override
    public Turn newTurn(String owner) {
        return new LockTurn(owner);
    }

    /// No timer runs any more; work that was begun is finished within the bound.
    public void stop(long timeoutMs) throws InterruptedException {
        timers.stop();
        workers.stop(timeoutMs);
    }
}
