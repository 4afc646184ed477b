package dev.millrace.simulator.retention;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// One thing done to a log that lets go of records; `a` and `b` are chance.
record Step(String what, int a, int b) {
    private static final List<String> KINDS =
            List.of(
                    "put",
                    "put",
                    "put",
                    "put",
                    "put",
                    "put",
                    "flush",
                    "flush",
                    "time",
                    "time",
                    "retain",
                    "retain",
                    "retain",
                    "delete records",
                    "settings",
                    "settings",
                    "checkpoint",
                    "restart");

    /// A history.
    static List<Step> history(Random random, int least, int spread) {
        List<Step> steps = new ArrayList<>();
        int count = least + random.nextInt(spread);
        for (int i = 0; i < count; i++) {
            steps.add(
                    new Step(
                            KINDS.get(random.nextInt(KINDS.size())),
                            random.nextInt(10_000),
                            random.nextInt(10_000)));
        }
        return steps;
    }
}
