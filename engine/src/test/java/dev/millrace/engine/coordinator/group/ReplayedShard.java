package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.Promise;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;

/// What a coordinator would load now (G4). Batches that have been replayed are not replayed again, unless some were lost.
final class ReplayedShard {
    private final GroupWorld world;
    private GroupShard shard;
    private int batches;
    private int epoch;

    ReplayedShard(GroupWorld world) {
        this.world = world;
        shard = empty(world);
    }

    GroupShard now() {
        if (epoch != world.log.leaderEpoch()) {
            epoch = world.log.leaderEpoch();
            batches = 0;
            shard = empty(world);
        }
        List<MemoryRecords> all = world.log.all();
        for (; batches < all.size(); batches++) {
            for (Record record : all.get(batches).records()) {
                GroupRecord fact = new GroupRecordFormat().read(record.key(), record.value());
                if (fact != null) {
                    shard.replay(fact, record.offset(), GroupShard.NO_PRODUCER);
                }
            }
        }
        return shard;
    }

    private static GroupShard empty(GroupWorld world) {
        return new GroupShard(
                new Nobody(),
                world.env.time,
                world.env.entropy(),
                GroupConfig.DEFAULTS,
                () -> MetadataImage.EMPTY);
    }

    /// Replay asks nothing of its host.
    private static final class Nobody implements ShardHost<GroupRecord> {
        @Override
        public int leaderEpoch() {
            return 0;
        }

        @Override
        public <R> Promise<R> promise(Function<Errors, R> refusal) {
            throw new AssertionError("a promise while replaying");
        }

        @Override
        public void schedule(Object key, long delayMs, Supplier<Decision<GroupRecord, ?>> decide) {
            throw new AssertionError("a timer while replaying");
        }

        @Override
        public void cancel(Object key) {
            throw new AssertionError("a timer while replaying");
        }

        @Override
        public void onceCommitted(Supplier<Decision<GroupRecord, ?>> decide) {
            throw new AssertionError("something to wait for while replaying");
        }

        @Override
        public void decide(Object key, Supplier<Decision<GroupRecord, ?>> decide) {
            throw new AssertionError("a decision while replaying");
        }

        @Override
        public void outside(Runnable action) {
            throw new AssertionError("something to do while replaying");
        }
    }
}
