package dev.millrace.engine.log;

/// Notes one key and is never full.
final class OneKeyMap implements OffsetMap {
    private final long high;
    private final long low;
    private final long end;
    private long latest = -1;

    /// @param end what stands there or behind does not count
    OneKeyMap(long high, long low, long end) {
        this.high = high;
        this.low = low;
        this.end = end;
    }

    @Override
    public boolean put(KeyHash key, long offset) {
        if (offset < end && key.high() == high && key.low() == low) {
            latest = offset;
        }
        return true;
    }

    @Override
    public long latest(KeyHash key) {
        return latest;
    }

    @Override
    public boolean exact() {
        return true;
    }

    @Override
    public int keys() {
        return latest < 0 ? 0 : 1;
    }

    @Override
    public int most() {
        return 1;
    }
}
