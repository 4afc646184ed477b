package dev.millrace.engine.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/// Property tests: runs a property on random sequences of steps. On failure it looks for a shorter sequence that fails too, and
/// reports the seed and the steps; the same seed gives the same steps on every machine.
public final class Gen {
    /// Tries to shorten a failing sequence at most so often.
    private static final int SHRINKS = 2_000;

    private Gen() {}

    /// A property of a list of steps: throws when it does not hold.
    public interface Property<S> {
        void check(List<S> steps) throws Exception;
    }

    /// Checks the property for seeds `firstSeed` to `firstSeed + seeds - 1`.
    ///
    /// @param steps makes the sequence of a seed
    public static <S> void forSeeds(
            long firstSeed, int seeds, Function<Random, List<S>> steps, Property<S> property) {
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            List<S> all = steps.apply(new Random(seed));
            Throwable failure = failure(property, all);
            if (failure != null) {
                List<S> shortest = shrink(property, all);
                Throwable cause = failure(property, shortest);
                throw new AssertionError(
                        "seed %d fails; shortest found, %d of %d steps:%n  %s"
                                .formatted(
                                        seed,
                                        shortest.size(),
                                        all.size(),
                                        String.join(
                                                "\n  ",
                                                shortest.stream().map(Object::toString).toList())),
                        cause == null ? failure : cause);
            }
        }
    }

    private static <S> List<S> shrink(Property<S> property, List<S> failing) {
        List<S> shortest = failing;
        int tries = 0;
        for (int chunk = failing.size() / 2; chunk >= 1; ) {
            boolean shorter = false;
            for (int at = 0; at + chunk <= shortest.size() && tries < SHRINKS; ) {
                List<S> without = new ArrayList<>(shortest.subList(0, at));
                without.addAll(shortest.subList(at + chunk, shortest.size()));
                tries++;
                if (failure(property, without) != null) {
                    shortest = without;
                    shorter = true;
                } else {
                    at += chunk;
                }
            }
            if (!shorter || tries >= SHRINKS) {
                chunk /= 2;
            }
        }
        return shortest;
    }

    private static <S> @org.jspecify.annotations.Nullable Throwable failure(
            Property<S> property, List<S> steps) {
        try {
            property.check(steps);
            return null;
        } catch (Exception | AssertionError e) {
            return e;
        }
    }
}
