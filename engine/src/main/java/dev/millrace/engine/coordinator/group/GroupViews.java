package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.group.GroupPositions.Position;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/// What those who watch groups ask, beyond Kafka's own requests.
final class GroupViews {
    private final GroupShard shard;

    GroupViews(GroupShard shard) {
        this.shard = shard;
    }

    Decision<GroupRecord, GroupSurvey> survey() {
        return Decision.answer(
                new GroupSurvey(shard.groups().stream().map(this::summary).toList(), 0));
    }

    private GroupSummary summary(Group group) {
        return new GroupSummary(
                group.id(),
                group.kind().text(),
                group.protocolType(),
                group.stateText(),
                group.size(),
                shard.history.counts(group.id()));
    }

    Decision<GroupRecord, GroupPositions> positions(String id) {
        Group group = shard.group(id);
        if (group == null) {
            return Decision.answer(GroupPositions.failed(Errors.GROUP_ID_NOT_FOUND));
        }
        var positions = new ArrayList<Position>();
        shard.offsets().of(id).forEach((topic, offsets) -> add(topic, offsets, positions));
        return Decision.answer(new GroupPositions(Errors.NONE, summary(group), positions));
    }

    Decision<GroupRecord, GroupRebalances> rebalances(String id) {
        return Decision.answer(
                shard.group(id) == null
                        ? GroupRebalances.failed(Errors.GROUP_ID_NOT_FOUND)
                        : new GroupRebalances(Errors.NONE, shard.history.of(id)));
    }

    private static void add(String topic, TopicOffsets offsets, List<Position> into) {
        for (int i = 0; i < offsets.size(); i++) {
            CommittedOffset at = offsets.at(i);
            into.add(new Position(topic, at.topicId(), offsets.partition(i), at.offset()));
        }
    }
}
