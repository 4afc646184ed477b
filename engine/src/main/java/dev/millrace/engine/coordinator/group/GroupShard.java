package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.CoordinatorState;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupForgotten;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupStored;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetCommitted;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetForgotten;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedCollection;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The groups of one partition of `__consumer_offsets`, and their offsets; who decides what about them.
final class GroupShard implements CoordinatorState<GroupRecord> {
    /// In the order in which they came to be.
    private final SequencedMap<String, Group> groups = new LinkedHashMap<>();

    private final Offsets offsets = new Offsets();
    private final PendingOffsets pendingOffsets = new PendingOffsets();
    private final ClassicRebalances rebalances;

    /// Why the groups rebalanced; told by the effects of every protocol.
    final RebalanceHistory history;

    private final Supplier<MetadataImage> metadata;
    private final GroupConfig config;

    final ClassicJoins joins;
    final ClassicSyncs syncs;
    final ClassicHeartbeats heartbeats;
    final ClassicLeaves leaves;
    final ConsumerHeartbeats consumerHeartbeats;
    final ConsumerLeaves consumerLeaves;
    final ConsumerTimers consumerTimers;
    final MixedJoins mixedJoins;
    final MixedMembers mixedMembers;
    final ConsumerDescriptions consumerDescriptions;
    final OffsetCommits commits;
    final OffsetFetches fetches;
    final OffsetDeletes deletes;
    private final OffsetExpiry expiry;
    final GroupAdmin admin;
    final GroupViews views;
    final StreamsHeartbeats streamsHeartbeats;
    final StreamsLeaves streamsLeaves;
    final StreamsDescribes streamsDescribes;
    private final StreamsGroupConfig streamsConfig;

    GroupShard(
            ShardHost<GroupRecord> host,
            Clock clock,
            Entropy entropy,
            GroupConfig config,
            Supplier<MetadataImage> metadata) {
        this.config = config;
        this.metadata = metadata;
        history = new RebalanceHistory(clock, groups.keySet());
        var causes = new ClassicCauses(metadata);
        rebalances = new ClassicRebalances(host, clock, config, history, causes);
        joins = new ClassicJoins(this, host, rebalances, causes, clock, entropy, config);
        syncs = new ClassicSyncs(this, host, rebalances, clock);
        heartbeats = new ClassicHeartbeats(this, rebalances);
        leaves = new ClassicLeaves(this, host, rebalances);
        var hashes = new TopicHashes();
        var conversions = new Conversions(this, rebalances);
        var steps =
                new ConsumerSteps(
                        this, new ConsumerRegexes(this, host, clock, hashes), hashes, clock);
        consumerLeaves = new ConsumerLeaves(this, hashes, conversions, clock, config);
        consumerTimers = new ConsumerTimers(host, consumerLeaves);
        consumerHeartbeats = new ConsumerHeartbeats(this, steps, conversions, hashes, entropy);
        mixedJoins = new MixedJoins(this, steps, conversions, clock, entropy, config);
        mixedMembers = new MixedMembers(this, clock);
        consumerDescriptions = new ConsumerDescriptions(this);
        commits = new OffsetCommits(this, clock, config);
        fetches = new OffsetFetches(this);
        deletes = new OffsetDeletes(this, host);
        expiry = new OffsetExpiry(this, host, clock, config);
        admin = new GroupAdmin(this);
        views = new GroupViews(this);
        streamsConfig = config.streams();
        streamsLeaves = new StreamsLeaves(this, host, clock, streamsConfig);
        streamsHeartbeats =
                new StreamsHeartbeats(this, streamsLeaves.timers(), hashes, clock, streamsConfig);
        streamsDescribes = new StreamsDescribes(this);
    }

    @Nullable Group group(String id) {
        return groups.get(id);
    }

    /// The group, when it is of the classic protocol.
    @Nullable ClassicGroup classicGroup(String id) {
        return groups.get(id) instanceof ClassicGroup group ? group : null;
    }

    /// The group, when it is of the consumer protocol.
    @Nullable ConsumerGroup consumerGroup(String id) {
        return groups.get(id) instanceof ConsumerGroup group ? group : null;
    }

    /// The group, when it is a streams group.
    @Nullable StreamsGroup streamsGroup(String id) {
        return groups.get(id) instanceof StreamsGroup group ? group : null;
    }

    /// In the order in which they came to be.
    SequencedCollection<Group> groups() {
        return Collections.unmodifiableSequencedCollection(groups.sequencedValues());
    }

    /// The cluster as it is known now.
    MetadataImage metadata() {
        return metadata.get();
    }

    /// The settings of a group of the consumer protocol, as they are now.
    ConsumerGroupConfig consumerConfig(ConsumerGroup group) {
        return group.watch().config(group.id(), metadata().configs(), config);
    }

    /// What is set for a group at run time.
    GroupOverlay overlay(String group) {
        return GroupOverlay.of(group, metadata().configs(), config.brokerId());
    }

    /// The settings that groups of the consumer protocol have of the broker.
    ConsumerGroupConfig consumerConfig() {
        return config.consumer();
    }

    Offsets offsets() {
        return offsets;
    }

    PendingOffsets pendingOffsets() {
        return pendingOffsets;
    }

    /// The one place that changes what is durable, live and while loading (G4).
    @Override
    public void replay(GroupRecord fact, long offset, long producerId) {
        switch (fact) {
            case OffsetCommitted(var group, var topic, int partition, var committed) -> {
                groups.computeIfAbsent(group, ClassicGroup::new);
                if (producerId == NO_PRODUCER) {
                    offsets.put(group, topic, partition, committed, offset);
                } else {
                    pendingOffsets.put(producerId, group, topic, partition, committed, offset);
                }
            }
            case OffsetForgotten(var group, var topic, int partition) -> {
                offsets.remove(group, topic, partition);
                pendingOffsets.remove(group, topic, partition);
                forgetIfNothingIsLeft(group);
            }
            case ClassicGroupStored(var id, var facts) -> classic(id).replay(facts);
            case ClassicGroupForgotten(var id) -> groups.remove(id);
            case ConsumerRecord.GroupEpochForgotten(var id) -> {
                if (consumerGroup(id) != null) {
                    groups.remove(id);
                }
            }
            case ConsumerRecord consumers -> replay(consumers);
            case StreamsRecord.GroupForgotten(var id) -> {
                if (streamsGroup(id) != null) {
                    groups.remove(id);
                }
            }
            case StreamsRecord streams -> replay(streams);
        }
    }

    /// What takes something back of a group that is not known takes back nothing: a compacted log may begin with it.
    private void replay(ConsumerRecord fact) {
        ConsumerGroup group = consumerGroup(fact.group());
        if (group == null && !(fact instanceof ConsumerRecord.Forgotten)) {
            group = new ConsumerGroup(fact.group());
            groups.put(fact.group(), group);
        }
        if (group != null) {
            group.replay(fact);
        }
    }

    private void replay(StreamsRecord fact) {
        StreamsGroup group = streamsGroup(fact.group());
        if (group == null && !(fact instanceof StreamsRecord.Forgotten)) {
            group = new StreamsGroup(fact.group());
            groups.put(fact.group(), group);
        }
        if (group != null) {
            group.replay(fact);
        }
    }

    @Override
    public void replayMarker(long producerId, boolean committed) {
        Offsets ended = pendingOffsets.end(producerId);
        if (committed) {
            offsets.putLater(ended);
        }
        for (String group : ended.groups()) {
            groups.computeIfAbsent(group, ClassicGroup::new);
            forgetIfNothingIsLeft(group);
        }
    }

    private ClassicGroup classic(String id) {
        if (groups.get(id) instanceof ClassicGroup known) {
            return known;
        }
        var group = new ClassicGroup(id);
        groups.put(id, group);
        return group;
    }

    /// A group that was never more than its offsets ends with them.
    private void forgetIfNothingIsLeft(String id) {
        if (groups.get(id) instanceof ClassicGroup group
                && !group.isStored()
                && group.isEmpty()
                && group.pending().isEmpty()
                && offsets.of(id).isEmpty()
                && !pendingOffsets.has(id)) {
            groups.remove(id);
        }
    }

    @Override
    public void loaded() {
        expiry.schedule();
        for (Group group : List.copyOf(groups.values())) {
            switch (group) {
                case ClassicGroup classic -> rebalances.loaded(classic);
                case ConsumerGroup consumers -> loaded(consumers);
                case StreamsGroup streams -> loaded(streams);
            }
        }
    }

    /// Sessions begin anew, and so does the time to give up partitions.
    private void loaded(ConsumerGroup group) {
        int sessionTimeoutMs = consumerConfig(group).sessionTimeoutMs();
        for (ConsumerMember member : group.inOrder()) {
            var classic = member.said().classic();
            consumerTimers.touch(
                    group,
                    member.id(),
                    classic == null ? sessionTimeoutMs : classic.sessionTimeoutMs());
            consumerTimers.moved(group.id(), member);
        }
        takenOver(group, group.epoch());
    }

    private void loaded(StreamsGroup group) {
        streamsLeaves.timers().loaded(group, streamsConfig.forGroup(overlay(group.id())));
        takenOver(group, group.epoch());
    }

    private void takenOver(Group group, int epoch) {
        if (!group.isEmpty()) {
            history.record(group, epoch, new GroupCause.CoordinatorLoaded(group.size()));
        }
    }

    /// A member of a classic group has committed, so it is alive. An effect.
    void heardOf(@Nullable Group group, String memberId) {
        switch (group) {
            case null -> {}
            case ClassicGroup classic -> {
                ClassicMember member = classic.member(memberId);
                if (member != null) {
                    rebalances.touch(classic, member);
                }
            }
            case ConsumerGroup _, StreamsGroup _ -> {} // only heartbeats count
        }
    }

    /// The group is gone, and with it what is remembered of it. An effect.
    void deleted(Group group) {
        buried(group);
        history.forget(group.id());
    }

    /// Nothing of the group will happen any more. An effect.
    void buried(Group group) {
        switch (group) {
            case ClassicGroup classic -> rebalances.buried(classic);
            case ConsumerGroup _ -> {}
            case StreamsGroup streams -> streamsLeaves.timers().buried(streams);
        }
    }
}
