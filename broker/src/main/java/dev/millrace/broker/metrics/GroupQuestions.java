package dev.millrace.broker.metrics;

import dev.millrace.engine.coordinator.group.GroupPositions;
import dev.millrace.engine.coordinator.group.GroupRebalances;
import dev.millrace.engine.coordinator.group.GroupSummary;
import dev.millrace.engine.coordinator.group.GroupSurvey;
import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.lag.GroupLag;
import dev.millrace.engine.lag.GroupLags;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Asks the engine about groups and waits for its answers, on the thread of whoever asked over HTTP.
final class GroupQuestions {
    /// Answers wait for commits, which have a bound of their own; this one is for the case that it does not hold.
    private static final long MOST_SECONDS = 30;

    private final Groups groups;
    private final GroupLags lags;

    GroupQuestions(Groups groups, GroupLags lags) {
        this.groups = groups;
        this.lags = lags;
    }

    /// @param error why there is nothing more
    record Found(Errors error, @Nullable Measured group) {}

    record Measured(GroupSummary summary, GroupLag lag) {}

    /// @param unavailable partitions of the internal topic whose groups are not known yet
    record All(List<Measured> groups, int unavailable) {}

    /// Every group, in the order of their names. A group that is deleted meanwhile is left out.
    All all() {
        GroupSurvey survey = await(groups.survey());
        lags.retain(survey.groups().stream().map(GroupSummary::id).collect(Collectors.toSet()));
        var all = new ArrayList<Measured>();
        survey.groups().stream()
                .map(GroupSummary::id)
                .sorted()
                .forEach(id -> {
                    Measured group = one(id).group();
                    if (group != null) {
                        all.add(group);
                    }
                });
        return new All(all, survey.unavailable());
    }

    Found one(String id) {
        GroupPositions positions = await(groups.positions(id));
        GroupSummary summary = positions.summary();
        return new Found(
                positions.error(),
                summary == null ? null : new Measured(summary, lags.of(id, positions.positions())));
    }

    GroupRebalances rebalances(String id) {
        return await(groups.rebalances(id));
    }

    private static <T> T await(CompletionStage<T> answer) {
        return answer.toCompletableFuture().orTimeout(MOST_SECONDS, TimeUnit.SECONDS).join();
    }
}
