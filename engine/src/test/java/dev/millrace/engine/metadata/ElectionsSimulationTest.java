package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class ElectionsSimulationTest {
    private static final int SEEDS = 1_000;

    @Test
    void nobodyLeadsWhoLacksWhatIsCommitted() {
        assertEquals(-1, new ElectionsProbe().applyAsInt(SEEDS));
    }
}
