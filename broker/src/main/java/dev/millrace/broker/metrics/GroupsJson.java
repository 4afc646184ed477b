package dev.millrace.broker.metrics;

import dev.millrace.broker.http.Answer;
import dev.millrace.broker.metrics.GroupQuestions.Measured;
import dev.millrace.engine.coordinator.group.GroupRebalances;
import dev.millrace.engine.coordinator.group.Rebalance;
import dev.millrace.engine.coordinator.group.RebalanceCause;
import dev.millrace.engine.lag.PartitionLag;
import dev.millrace.engine.lag.PartitionLag.Flag;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Groups as JSON. The records below are what is answered, field by field (docs/http.md).
final class GroupsJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private GroupsJson() {}

    record GroupList(List<Group> groups, int unavailable) {}

    record Group(
            String group,
            String type,
            String protocolType,
            String state,
            int members,
            long lag,
            @Nullable Double lagSeconds,
            int elsewhere) {}

    record GroupWithLag(
            String group,
            String type,
            String state,
            long lag,
            @Nullable Double lagSeconds,
            int elsewhere,
            List<Partition> partitions) {}

    record Partition(
            String topic,
            int partition,
            long committed,
            long logStart,
            long logEnd,
            long lag,
            @Nullable Double lagSeconds,
            @Nullable Double drainSeconds,
            List<String> flags) {}

    record History(String group, List<Event> rebalances) {}

    record Event(
            String at,
            int epoch,
            String protocol,
            String cause,
            @Nullable String member,
            @Nullable String clientId,
            @Nullable String host,
            String text) {}

    record Problem(String error) {}

    static Answer list(GroupQuestions.All all) {
        return answer(
                200,
                new GroupList(
                        all.groups().stream().map(GroupsJson::group).toList(), all.unavailable()));
    }

    private static Group group(Measured group) {
        return new Group(
                group.summary().id(),
                group.summary().type(),
                group.summary().protocolType(),
                group.summary().state(),
                group.summary().members(),
                group.lag().records(),
                seconds(group.lag().ageMs()),
                group.lag().elsewhere());
    }

    static Answer lag(String id, GroupQuestions.Found found) {
        Measured group = found.group();
        return group == null ? missing(id, found.error()) : answer(200, withLag(group));
    }

    private static GroupWithLag withLag(Measured group) {
        return new GroupWithLag(
                group.summary().id(),
                group.summary().type(),
                group.summary().state(),
                group.lag().records(),
                seconds(group.lag().ageMs()),
                group.lag().elsewhere(),
                group.lag().partitions().stream().map(GroupsJson::partition).toList());
    }

    private static Partition partition(PartitionLag lag) {
        return new Partition(
                lag.topic(),
                lag.partition(),
                lag.committed(),
                lag.logStart(),
                lag.logEnd(),
                lag.records(),
                seconds(lag.ageMs()),
                seconds(lag.drainMs()),
                lag.flags().stream().map(Flag::text).toList());
    }

    static Answer rebalances(String id, GroupRebalances found) {
        return found.error() == Errors.NONE
                ? answer(
                        200,
                        new History(
                                id, found.rebalances().stream().map(GroupsJson::event).toList()))
                : missing(id, found.error());
    }

    private static Event event(Rebalance rebalance) {
        RebalanceCause cause = rebalance.cause();
        RebalanceCause.Member member = cause.member();
        return new Event(
                Instant.ofEpochMilli(rebalance.atMs()).toString(),
                rebalance.epoch(),
                rebalance.protocol(),
                cause.kind().name(),
                member == null ? null : member.id(),
                member == null ? null : member.clientId(),
                member == null ? null : member.clientHost(),
                cause.text() + ".");
    }

    private static Answer missing(String id, Errors error) {
        return switch (error) {
            case GROUP_ID_NOT_FOUND ->
                    problem(404, "There is no group " + id + " on this cluster.");
            case NOT_COORDINATOR ->
                    problem(404, "The group " + id + " is coordinated by another broker.");
            case COORDINATOR_LOAD_IN_PROGRESS ->
                    problem(503, "The group " + id + " is being loaded; ask again.");
            default -> problem(503, "The group " + id + " cannot be read now: " + error + ".");
        };
    }

    static Answer problem(int status, String sentence) {
        return answer(status, new Problem(sentence));
    }

    static Answer answer(int status, Object value) {
        return new Answer(status, Answer.JSON, MAPPER.writeValueAsString(value) + "\n");
    }

    private static @Nullable Double seconds(long ms) {
        return ms == PartitionLag.UNKNOWN ? null : ms / 1e3;
    }
}
