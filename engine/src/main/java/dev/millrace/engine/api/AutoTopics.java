package dev.millrace.engine.api;

import dev.millrace.engine.env.Turn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// Topics that are made because somebody asked for them (`auto.create.topics.enable`).
///
/// Nobody waits for the creation: who asked is told that the topic is unknown, and asks again. A name whose creation is
/// under way is not submitted again.
///
/// **Owner.** A turn of its own; any thread may call.
public final class AutoTopics implements InternalTopics {
    /// Creations under way at one time. Names beyond it are dropped: their clients ask again.
    static final int MOST_PENDING = 1_000;

    private final Turn turn;
    private final BooleanSupplier enabled;
    private final Function<List<String>, CompletionStage<?>> create;

    /// Guarded by `turn`.
    private final Set<String> pending = new HashSet<>();

    /// @param enabled whether the setting allows it now
    /// @param create submits the creation of these topics, with the broker's defaults (internal topics with their own), to
    ///     the controller; the stage completes, either way, when each has been made or refused. Called in no turn
    public AutoTopics(
            Turn turn, BooleanSupplier enabled, Function<List<String>, CompletionStage<?>> create) {
        this.turn = turn;
        this.enabled = enabled;
        this.create = create;
    }

    /// @param names valid topic names that the image does not hold
    void request(Collection<String> names) {
        if (!enabled.getAsBoolean()) {
            return;
        }
        List<String> admitted = turn.take(() -> admit(names));
        if (!admitted.isEmpty()) {
            create.apply(admitted)
                    .whenComplete((_, _) -> turn.run(() -> admitted.forEach(pending::remove)));
        }
    }

    @Override
    public void ensure(String topic) {
        request(List.of(topic));
    }

    private List<String> admit(Collection<String> names) {
        var admitted = new ArrayList<String>();
        for (String name : names) {
            if (pending.size() < MOST_PENDING && pending.add(name)) {
                admitted.add(name);
            }
        }
        return admitted;
    }
}
