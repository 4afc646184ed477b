package dev.millrace.engine.lag;

import dev.millrace.engine.coordinator.group.GroupPositions.Position;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.FirstData;
import dev.millrace.engine.replica.Located;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Measures how far groups are behind in the partitions that this broker leads.
///
/// Costs nothing until somebody asks. Then: one look at each partition, and a read of one batch where the group has moved since the
/// last question. What a question leaves behind for the next is forgotten with the partition, or the group, that it is about.
///
/// **Owner.** None: any thread may ask; one question is answered at a time. Not to be asked within a shard's turn.
public final class GroupLags {
    private final Replicas replicas;
    private final Clock clock;
    private final Turn turn;
    private final LagMemories memories = new LagMemories();

    private record Look(Partition.Bounds bounds, FirstData first) {}

    public GroupLags(Replicas replicas, Env env) {
        this.replicas = replicas;
        this.clock = env.clock();
        this.turn = env.newTurn("group lags");
    }

    /// @param positions of the group, in the order in which the answer is wanted
    public GroupLag of(String group, List<Position> positions) {
        return turn.take(() -> measure(group, positions));
    }

    /// Forgets every group but these.
    public void retain(Set<String> groups) {
        turn.run(() -> memories.retain(groups));
    }

    private GroupLag measure(String group, List<Position> positions) {
        Map<TopicPartition, PartitionMemory> before = memories.of(group);
        int room = memories.room(group);
        Map<TopicPartition, PartitionMemory> after = HashMap.newHashMap(positions.size());
        var lags = new ArrayList<PartitionLag>(positions.size());
        for (Position position : positions) {
            var name = new TopicPartition(position.topic(), position.partition());
            PartitionMemory memory = before.getOrDefault(name, new PartitionMemory());
            PartitionLag lag = measure(position, memory);
            if (lag != null) {
                lags.add(lag);
                if (after.size() < room) {
                    after.put(name, memory);
                }
            }
        }
        memories.put(group, after, clock.monotonicMs());
        return new GroupLag(lags, positions.size() - lags.size());
    }

    /// @return null when this broker does not lead the partition, or has another topic of that name
    private @Nullable PartitionLag measure(Position position, PartitionMemory memory) {
        Located located = replicas.find(position.topicId(), position.topic(), position.partition());
        if (located.partition() == null) {
            return null;
        }
        Look look = look(located.partition(), position.offset(), memory);
        if (look == null) {
            return null;
        }
        long logEnd = look.bounds.lastStable();
        LagRule lag = LagRule.of(position.offset(), look.bounds, look.first, clock.wallMs());
        return new PartitionLag(
                position.topic(),
                position.partition(),
                position.offset(),
                look.bounds.logStart(),
                logEnd,
                lag.records(),
                lag.ageMs(),
                memory.pace.drainMs(clock.monotonicMs(), logEnd - lag.records(), logEnd),
                lag.flags());
    }

    private static @Nullable Look look(
            Partition partition, long committed, PartitionMemory memory) {
        Partition.Answer<Look> answer =
                partition.ask(
                        -1,
                        (log, bounds) -> {
                            memory.settle(committed, bounds.leaderEpoch());
                            long from = LagRule.from(committed, bounds.logStart());
                            long end = bounds.lastStable();
                            return new Look(bounds, memory.first(log, from, end));
                        });
        return answer.value();
    }
}
