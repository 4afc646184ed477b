package dev.millrace.engine.coordinator.group;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;

/// What befalls a simulated coordinator: commits that lag, appends that are refused, crashes, time that passes, and requests that
/// come late.
final class CoordinatorFaults {
    private static final int MOST_LATE = 5;
    private static final List<Errors> REFUSALS =
            List.of(Errors.NOT_ENOUGH_REPLICAS, Errors.KAFKA_STORAGE_ERROR);

    private final Random random;
    private final ConsumerWorld world;

    /// Requests that are still on their way, though nobody waits for their answers any more; at most [#MOST_LATE].
    private final ArrayDeque<Supplier<? extends CompletionStage<?>>> late = new ArrayDeque<>();

    private int crashes;

    CoordinatorFaults(Random random, ConsumerWorld world) {
        this.random = random;
        this.world = world;
    }

    int crashes() {
        return crashes;
    }

    /// One of those, by its number from 0 to 9; any other number is none.
    void strike(int which) {
        GroupWorld groups = world.world;
        switch (which) {
            case 0 -> groups.log.commitAtOnce(false);
            case 1, 2 -> groups.log.commitAtOnce(true);
            case 3 -> groups.log.commitTo(groups.log.endOffset() - random.nextInt(3));
            case 4, 5 -> groups.log.refuseNext(REFUSALS.get(random.nextInt(REFUSALS.size())));
            case 6 -> crash();
            case 7 -> world.pass(random.nextInt(ConsumerWorld.SESSION_MS));
            case 8, 9 -> {
                if (!late.isEmpty()) {
                    var _ = late.remove().get();
                }
            }
            default -> {}
        }
    }

    void crash() {
        crashes++;
        if (random.nextBoolean()) {
            world.world.crash();
        } else {
            world.world.resign();
        }
    }

    void later(Supplier<? extends CompletionStage<?>> request) {
        late.add(request);
        if (late.size() > MOST_LATE) {
            late.remove();
        }
    }

    /// What has not come by now never will.
    void forgetLate() {
        late.clear();
    }
}
