package dev.millrace.engine.impure;

import java.util.function.LongSupplier;

/// Reads the JVM's clock, by a method reference.
public final class ReadsTheClock {
    public static final LongSupplier CLOCK = System::nanoTime;

    private ReadsTheClock() {}
}
