package dev.millrace.engine.impure;

/// Makes a thread.
public final class StartsAThread {
    private StartsAThread() {}

    public static Thread make(Runnable work) {
        return Thread.ofVirtual().unstarted(work);
    }
}
