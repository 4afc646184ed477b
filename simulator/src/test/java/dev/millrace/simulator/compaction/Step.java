package dev.millrace.simulator.compaction;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// One thing done to a compacted log; `a` and `b` are chance.
record Step(String what, int a, int b) {
    private static final List<String> KINDS =
            List.of(
                    "put",
                    "put",
                    "put",
                    "put",
                    "put",
                    "idempotent",
                    "idempotent",
                    "transactional",
                    "transactional",
                    "transactional",
                    "end",
                    "end",
                    "end",
                    "flush",
                    "flush",
                    "flush",
                    "time",
                    "time",
                    "checkpoint",
                    "epoch",
                    "truncate",
                    "raise",
                    "pass",
                    "pass",
                    "pass",
                    "compact",
                    "compact",
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
