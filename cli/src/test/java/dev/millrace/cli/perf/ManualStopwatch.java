package dev.millrace.cli.perf;

/// Time that a test moves.
final class ManualStopwatch implements Stopwatch {
    private long nowNs;

    @Override
    public long nowNs() {
        return nowNs;
    }

    @Override
    public void pauseNs(long ns) {
        nowNs += ns;
    }

    void passMs(long ms) {
        nowNs += ms * 1_000_000;
    }
}
