package dev.millrace.simulator.compaction;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

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
                    "segments",
                    "truncate",
                    "raise",
                    "pass",
                    "pass",
                    "pass",
                    "compact",
                    "compact",
                    "restart");

    /// Every history has these.
    private static final Set<String> ALWAYS = Set.of("put", "flush", "compact");

    /// A history. Some kinds of steps never happen in it, others in each history: what one kind would undo, or do first, is met so.
    static List<Step> history(Random random, int least, int spread) {
        Set<String> never = new HashSet<>();
        for (String kind : new LinkedHashSet<>(KINDS)) {
            if (random.nextInt(3) == 0 && !ALWAYS.contains(kind)) {
                never.add(kind);
            }
        }
        List<String> kinds = KINDS.stream().filter(kind -> !never.contains(kind)).toList();
        List<Step> steps = new ArrayList<>();
        int count = least + random.nextInt(spread);
        for (int i = 0; i < count; i++) {
            steps.add(
                    new Step(
                            kinds.get(random.nextInt(kinds.size())),
                            random.nextInt(10_000),
                            random.nextInt(10_000)));
        }
        return steps;
    }
}
