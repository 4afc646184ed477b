package dev.millrace.engine.balance;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.metadata.BalanceDecisions;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.ReassignmentDecisions;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Evens out the cluster while this node is its active controller.
///
/// ```
/// resting --interval over--> asking --all have answered--> beginning --committed--> moving --all arrived--> resting
///    ^                         |  `--somebody did not; amiss; even--> resting
///    '-------------------------'
/// ```
/// **Owner.** [#look] is called by one thread, at short intervals; what comes from others (answers, commits) is kept in the turn and
/// seen at the next look. [#report] is for any thread.
public final class Balancer {
    private static final Logger LOG = LoggerFactory.getLogger(Balancer.class);

    /// Between two batches, so that brokers have told of what the first has changed.
    static final long PAUSE_MS = 5_000;

    /// A partition that was moved stays where it is for so long.
    static final long REST_MS = 3_600_000;

    /// What is kept to be told. Beyond it the oldest is dropped.
    static final int MOST_DONE = 200;

    private final Supplier<MetadataImage> image;
    private final Supplier<BalanceRules> rules;
    private final Questions questions;
    private final Decisions decisions;
    private final Clock clock;
    private final Turn turn;

    // All below is guarded by `turn`.
    private State state = new State.Elsewhere();
    private final ArrayDeque<BalanceReport.Done> done = new ArrayDeque<>();
    private String said = "";

    /// What rates are taken from, and what takes its place.
    private @Nullable Sample base;

    private @Nullable Sample next;

    /// When each partition was moved. Those whose rest is over are dropped at every plan.
    private final Map<TopicPartition, Long> moved = new HashMap<>();

    /// What it has the controller do.
    public interface Decisions {
        /// Begins moves, of which each broker copies no more than so much a second; completes with the partitions of those begun.
        CompletionStage<List<TopicPartition>> begin(List<Move> moves, long bytesPerSecond);

        /// Takes away what bounds copies that have arrived.
        void end();
    }

    public Balancer(
            Supplier<MetadataImage> image,
            Supplier<BalanceRules> rules,
            Questions questions,
            Decisions decisions,
            Clock clock,
            Turn turn) {
        this.image = image;
        this.rules = rules;
        this.questions = questions;
        this.decisions = decisions;
        this.clock = clock;
        this.turn = turn;
    }

    private sealed interface State {
        /// Another node is the active controller, or none.
        record Elsewhere() implements State {}

        record Resting(long untilMs) implements State {}

        /// @param waiting brokers that have not answered
        /// @param answers what the others hold; null from one that could not be asked
        record Asking(
                int waiting, SortedMap<Integer, @Nullable Map<TopicPartition, Figures>> answers)
                implements State {}

        /// @param begun those that the controller has begun; null before it has
        record Beginning(List<Move> moves, @Nullable List<Move> begun) implements State {}

        record Moving(List<Move> moves, long sinceMs) implements State {}
    }

    /// Does what is due. While this node is the active controller.
    public void look() {
        BalanceRules now = rules.get();
        long nowMs = clock.monotonicMs();
        Runnable outside =
                turn.take(() ->
                        switch (state) {
                            case State.Elsewhere() -> rest(nowMs + now.intervalMs());
                            case State.Resting(long until) ->
                                    nowMs < until ? Balancer::nothing : wake(now, nowMs);
                            case State.Asking(int waiting, var answers) ->
                                    waiting > 0 ? Balancer::nothing : plan(now, nowMs, answers);
                            case State.Beginning(_, var begun) ->
                                    begun == null ? Balancer::nothing : begun(now, nowMs, begun);
                            case State.Moving(var moves, long since) ->
                                    arrived(now, nowMs, moves, since);
                        });
        outside.run();
    }

    /// Another node decides now. What this one has done is still told.
    public void leave() {
        turn.run(() -> {
            if (!(state instanceof State.Elsewhere)) {
                state = new State.Elsewhere();
                said = "";
                base = null;
                next = null;
                moved.clear();
            }
        });
    }

    private static void nothing() {}

    private Runnable rest(long untilMs) {
        state = new State.Resting(untilMs);
        return Balancer::nothing;
    }

    private Runnable wake(BalanceRules now, long nowMs) {
        MetadataImage newest = image.get();
        if (BalanceDecisions.throttled(newest) && !anyMoving(newest)) {
            rest(nowMs + PAUSE_MS);
            return decisions::end; // what the controller before this one has left
        }
        List<Integer> brokers = List.copyOf(newest.cluster().brokers().keySet());
        if (!now.enabled() || brokers.size() < 2) {
            said = now.enabled() ? "there is one broker" : "it is switched off";
            base = null;
            next = null;
            return rest(nowMs + Math.min(now.intervalMs(), PAUSE_MS));
        }
        var asking = new State.Asking(brokers.size(), new TreeMap<>());
        state = asking;
        return () ->
                brokers.forEach(id ->
                        questions
                                .ask(id)
                                .whenComplete((held, _) -> answered(asking.answers(), id, held)));
    }

    /// An answer to an earlier question goes into a map that nobody looks at any more.
    @SuppressWarnings("ReferenceEquality")
    private void answered(
            SortedMap<Integer, @Nullable Map<TopicPartition, Figures>> answers,
            int broker,
            @Nullable Map<TopicPartition, Figures> held) {
        turn.run(() -> {
            answers.put(broker, held);
            if (state instanceof State.Asking asking && asking.answers() == answers) {
                state = new State.Asking(asking.waiting() - 1, answers);
            }
        });
    }

    private Runnable plan(
            BalanceRules now,
            long nowMs,
            SortedMap<Integer, @Nullable Map<TopicPartition, Figures>> answers) {
        var held = new TreeMap<Integer, Map<TopicPartition, Figures>>();
        for (var answer : answers.entrySet()) {
            Map<TopicPartition, Figures> value = answer.getValue();
            if (value == null) {
                return wait(
                        nowMs + now.intervalMs(),
                        "broker " + answer.getKey() + " does not tell what it holds");
            }
            held.put(answer.getKey(), value);
        }
        Sample sample = new Sample(nowMs, held);
        keep(sample, now.intervalMs());
        moved.values().removeIf(at -> nowMs - at >= REST_MS);
        MetadataImage newest = image.get();
        Loads loads = Loads.of(newest, sample, base);
        long soonMs = Math.min(now.intervalMs(), Loads.SHORTEST_MS);
        long againMs = nowMs + (loads.rates() ? now.intervalMs() : soonMs);
        return switch (BalancePlan.of(newest, loads, now, moved::containsKey)) {
            case BalancePlan.Wait(String why) -> wait(againMs, why);
            case BalancePlan.Even() -> wait(againMs, "the brokers bear the same");
            case BalancePlan.Step(List<Move> moves) -> {
                state = new State.Beginning(moves, null);
                yield () ->
                        decisions
                                .begin(moves, now.bytesPerSecond())
                                .whenComplete((begun, _) -> decided(moves, begun));
            }
        };
    }

    /// What rates are taken from is between one interval and two old, once it is that old, and never again too young for rates.
    private void keep(Sample sample, long intervalMs) {
        Sample before = next;
        if (before == null) {
            base = sample;
            next = sample;
        } else if (sample.atMs() - before.atMs() >= Math.max(intervalMs, Loads.SHORTEST_MS)) {
            base = before;
            next = sample;
        }
    }

    private Runnable wait(long untilMs, String why) {
        said = why;
        return rest(untilMs);
    }

    /// What was begun is told from here on, not from the next look.
    @SuppressWarnings("ReferenceEquality")
    private void decided(List<Move> moves, @Nullable List<TopicPartition> answer) {
        List<TopicPartition> partitions = answer == null ? List.of() : answer;
        List<Move> begun =
                moves.stream().filter(move -> partitions.contains(move.partition())).toList();
        turn.run(() -> {
            begun.forEach(
                    move -> done.add(new BalanceReport.Done(clock.wallMs(), move.sentence())));
            while (done.size() > MOST_DONE) {
                done.remove();
            }
            if (state instanceof State.Beginning(var mine, _) && mine == moves) {
                state = new State.Beginning(moves, begun);
                said =
                        begun.isEmpty()
                                ? "the metadata changed while it was planned"
                                : "%d moves are under way".formatted(begun.size());
            }
        });
    }

    private Runnable begun(BalanceRules now, long nowMs, List<Move> begun) {
        if (begun.isEmpty()) {
            return rest(nowMs + now.intervalMs());
        }
        begun.forEach(move -> moved.put(move.partition(), nowMs));
        state = new State.Moving(begun, nowMs);
        return () -> begun.forEach(move -> LOG.info("balance: {}", move.sentence()));
    }

    private Runnable arrived(BalanceRules now, long nowMs, List<Move> moves, long sinceMs) {
        MetadataImage newest = image.get();
        if (moves.stream().anyMatch(move -> moving(newest, move.partition()))) {
            return Balancer::nothing;
        }
        long bytes = moves.stream().mapToLong(Move::copiedBytes).sum();
        long paidMs = bytes * 1_000 / now.bytesPerSecond();
        said = "the last moves have arrived";
        rest(Math.max(nowMs + PAUSE_MS, sinceMs + paidMs));
        return BalanceDecisions.throttled(newest) ? decisions::end : Balancer::nothing;
    }

    private static boolean anyMoving(MetadataImage image) {
        return image.topics().inNameOrder().stream()
                .flatMap(topic -> topic.partitions().stream())
                .anyMatch(ReassignmentDecisions::moving);
    }

    private static boolean moving(MetadataImage image, TopicPartition name) {
        TopicImage topic = image.topics().byName(name.topic());
        return topic != null
                && name.partition() < topic.partitions().size()
                && ReassignmentDecisions.moving(topic.partitions().get(name.partition()));
    }

    /// What it does. Any thread.
    public BalanceReport report() {
        boolean enabled = rules.get().enabled();
        return turn.take(() ->
                new BalanceReport(
                        enabled, !(state instanceof State.Elsewhere), now(), List.copyOf(done)));
    }

    private String now() {
        return switch (state) {
            case State.Elsewhere() -> "this node decides nothing, or has not begun to";
            case State.Asking _ -> "it asks the brokers what they bear";
            case State.Resting(long untilMs) when said.isEmpty() ->
                    "it looks for the first time in %d s"
                            .formatted(Math.max(0, untilMs - clock.monotonicMs()) / 1_000);
            default -> said;
        };
    }
}
