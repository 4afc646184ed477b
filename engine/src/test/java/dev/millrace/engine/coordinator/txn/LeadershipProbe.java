package dev.millrace.engine.coordinator.txn;

/// Names a test of this package to whoever runs tests of several.
public final class LeadershipProbe {
    public static final Class<?> TEST = LeadershipTest.class;

    private LeadershipProbe() {}
}
