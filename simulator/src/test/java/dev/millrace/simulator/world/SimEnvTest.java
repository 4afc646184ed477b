package dev.millrace.simulator.world;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Turn;
import org.junit.jupiter.api.Test;

/// What one thread shows of what two would do to each other.
class SimEnvTest {
    private final SimEnv env = new SimEnv(new SimWorld(1), 0);
    private final Turn one = env.newTurn("coordinator of a-0");
    private final Turn other = env.newTurn("coordinator of b-0");

    @Test
    void twoCoordinatorsTurnsAreNotTakenTogether() {
        assertThrows(Invariant.Broken.class, () -> one.run(() -> other.run(() -> {})));
        assertFalse(one.held());
        assertFalse(other.held());
    }

    @Test
    void oneAfterTheOtherAndOneWithinItselfAre() {
        one.run(() -> one.run(() -> {}));
        other.run(() -> env.newTurn("partition a-0").run(() -> {}));
        one.run(() -> {});
    }
}
