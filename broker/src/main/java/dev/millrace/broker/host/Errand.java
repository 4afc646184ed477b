package dev.millrace.broker.host;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A piece of work that the thread of a request does itself instead of waiting for a worker to do it: a flush, mostly. That saves the
/// wake-ups of the worker and of the thread, which cost more than everything else in the commit of an offset.
///
/// ```
///   begin  (the handler asks for the work: it is kept)  done here, when the answer waits; or handed to a worker
/// ```
///
/// Between `begin` and the end one piece is kept; a second one goes to a worker at once. What others are waiting for is held up
/// by no more than the rest of the handler.
///
/// **Owner.** Its thread, a platform thread: what blocks on the disk would hold a virtual thread's carrier.
public final class Errand {
    private static final ThreadLocal<@Nullable Errand> OF_THREAD = new ThreadLocal<>();

    private boolean open;
    private @Nullable Runnable work;
    private @Nullable Consumer<Runnable> workers;

    private Errand() {}

    /// From here on the present thread keeps one piece of work.
    public static Errand begin() {
        Errand errand = OF_THREAD.get();
        if (errand == null) {
            errand = new Errand();
            OF_THREAD.set(errand);
        }
        errand.open = true;
        return errand;
    }

    /// Keeps the work when the present thread has begun an errand and has none yet.
    ///
    /// @param workers who gets it when the thread does not do it
    static boolean keep(Runnable work, Consumer<Runnable> workers) {
        Errand errand = OF_THREAD.get();
        if (errand == null || !errand.open || errand.work != null) {
            return false;
        }
        errand.work = work;
        errand.workers = workers;
        return true;
    }

    /// The end: does what was kept on this thread, in no turn, or has a worker do it. Work that is asked for meanwhile goes to
    /// workers, so that nobody is held up for others more than once.
    public void end(boolean here) {
        open = false;
        Runnable kept = work;
        Consumer<Runnable> others = workers;
        work = null;
        workers = null;
        if (kept == null || others == null) {
            return;
        }
        if (here) {
            kept.run();
        } else {
            others.accept(kept);
        }
    }
}
