package dev.millrace.engine.impure;

import java.util.UUID;

/// Takes chance from the JVM.
public final class RollsDice {
    private RollsDice() {}

    public static UUID roll() {
        return UUID.randomUUID();
    }
}
