package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.group.StreamsRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.Facts;
import dev.millrace.engine.coordinator.group.StreamsRecord.GroupStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.MemberStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.TopologyStored;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.metadata.MetadataImage;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue;
import org.apache.kafka.coordinator.group.streams.StreamsTopology;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredTopology;
import org.jspecify.annotations.Nullable;

/// StreamsGroupHeartbeat: a member says what is new, and hears which tasks it has (KIP-1071).
///
/// One heartbeat is decided in steps, each of which may add facts to a [StreamsDraft]:
/// ```
///   admit ─> profile: what the member says now ─> topology: the first member's counts; are its topics there?
///         ─> group epoch, when something of that asks for another assignment
///         ─> target: computed when the group epoch is past it ─> reconciliation: the member's next step towards it
/// ```
/// When nothing is new nothing is written.
final class StreamsHeartbeats {
    private final GroupShard shard;
    private final StreamsTimers timers;
    private final TopicHashes hashes;
    private final Clock clock;
    private final StreamsGroupConfig brokers;

    StreamsHeartbeats(
            GroupShard shard,
            StreamsTimers timers,
            TopicHashes hashes,
            Clock clock,
            StreamsGroupConfig brokers) {
        this.shard = shard;
        this.timers = timers;
        this.hashes = hashes;
        this.clock = clock;
        this.brokers = brokers;
    }

    /// @param request of a member that does not leave, and with nothing wrong by itself
    Decision<GroupRecord, StreamsHeartbeat> heartbeat(
            Caller caller, StreamsGroupHeartbeatRequestData request) {
        Group found = shard.group(request.groupId());
        StreamsGroupConfig config = brokers.forGroup(shard.overlay(request.groupId()));
        return switch (StreamsAdmission.of(found, config, request)) {
            case StreamsAdmission.Refused(ApiError error) -> refuse(error);
            case StreamsAdmission.Admitted(StreamsDraft draft) -> {
                if (found instanceof ClassicGroup classic) {
                    draft.facts.addAll(0, classic.tombstones());
                }
                yield decide(draft, found, config, caller, request);
            }
        };
    }

    private static Decision<GroupRecord, StreamsHeartbeat> refuse(ApiError error) {
        return Decision.answer(StreamsHeartbeat.refusal(error));
    }

    private Decision<GroupRecord, StreamsHeartbeat> decide(
            StreamsDraft draft,
            @Nullable Group found,
            StreamsGroupConfig config,
            Caller caller,
            StreamsGroupHeartbeatRequestData request) {
        boolean asks = updateProfile(draft, caller, request);
        MetadataImage image = shard.metadata();
        TopologyStep step = topology(draft, image, request);
        if (step instanceof TopologyStep.Refused(ApiError error)) {
            return refuse(error);
        }
        StreamsDraft.Topology topology = ((TopologyStep.Known) step).topology();
        ApiError wrong = StreamsRequests.wrongTasks(request, topology.configured());
        if (wrong != null) {
            return refuse(wrong);
        }
        raiseEpoch(draft, topology, config, asks, image);
        boolean delayed = isDelayed(draft.group, config);
        StreamsTargets.Target target =
                StreamsTargets.of(draft, topology.configured(), config, delayed, clock.wallMs());
        if (!reconcile(draft, target, request)) {
            return refuse(StreamsFencing.unknownState());
        }
        var answer = new StreamsAnswer(draft, found instanceof StreamsGroup, topology, config);
        return Decision.write(
                draft.facts,
                answer.to(caller, request, image),
                () -> {
                    if (found instanceof ClassicGroup classic) {
                        shard.buried(classic);
                    }
                    // A group that has just come to be is another object than the draft's.
                    StreamsGroup group = shard.streamsGroup(draft.group.id());
                    if (group != null) {
                        if (draft.cause != null) {
                            shard.history.record(group, draft.epoch, draft.cause);
                        }
                        remember(group, draft, request);
                        group.watch().checked(image.topics(), topology.configured());
                        schedule(group, draft, delayed, config);
                    }
                });
    }

    /// True when what the member says now asks for another assignment.
    private static boolean updateProfile(
            StreamsDraft draft, Caller caller, StreamsGroupHeartbeatRequestData request) {
        StreamsProfile before = draft.before.said();
        StreamsProfile said = before.updated(caller, request);
        if (said.equals(before)) {
            return false;
        }
        draft.member = draft.member.with(said);
        draft.facts.add(new MemberStored(draft.group.id(), draft.member.id(), said));
        return said.asksForAssignment(before);
    }

    // ---- the topology

    private sealed interface TopologyStep {
        record Refused(ApiError error) implements TopologyStep {}

        record Known(StreamsDraft.Topology topology) implements TopologyStep {}
    }

    private TopologyStep topology(
            StreamsDraft draft, MetadataImage image, StreamsGroupHeartbeatRequestData request) {
        StreamsTopology known = draft.group.topology();
        if (request.topology() == null) {
            return known == null
                    ? new TopologyStep.Refused(ApiError.fromThrowable(new IllegalStateException()))
                    : configured(draft, known, image);
        }
        StreamsGroupTopologyValue told = StreamsTopologies.of(request.topology());
        if (known == null) {
            draft.facts.add(new TopologyStored(draft.group.id(), told));
            return configured(draft, StreamsTopologies.topology(told), image);
        }
        boolean isOther =
                known.topologyEpoch() <= told.epoch()
                        && !known.equals(StreamsTopologies.topology(told));
        return isOther
                ? new TopologyStep.Refused(
                        new ApiError(
                                Errors.INVALID_REQUEST, "Topology updates are not supported yet."))
                : configured(draft, known, image);
    }

    /// Looks at the topics anew only when topics have changed somewhere.
    private TopologyStep configured(
            StreamsDraft draft, StreamsTopology topology, MetadataImage image) {
        StreamsGroup group = draft.group;
        tellIfStale(draft, group.topology());
        ConfiguredTopology last = group.topology() == null ? null : group.watch().configured();
        long hash = group.facts().metadataHash();
        if (last != null && group.watch().hasChecked(image.topics())) {
            return known(topology, hash, last);
        }
        long now = hashes.of(StreamsTopologies.topics(topology), image);
        if (last != null && now == hash) {
            return known(topology, hash, last);
        }
        return switch (StreamsTopologies.configured(
                group.id(), draft.member.id(), now, topology, image)) {
            case StreamsTopologies.Outcome.Refused(ApiError error) ->
                    new TopologyStep.Refused(error);
            case StreamsTopologies.Outcome.Configured(ConfiguredTopology configured) ->
                    known(topology, now, configured);
        };
    }

    private static TopologyStep known(
            StreamsTopology topology, long hash, ConfiguredTopology configured) {
        return new TopologyStep.Known(new StreamsDraft.Topology(topology, hash, configured));
    }

    private static void tellIfStale(StreamsDraft draft, @Nullable StreamsTopology known) {
        int epoch = draft.member.said().topologyEpoch();
        if (known != null && epoch < known.topologyEpoch()) {
            draft.tell(
                    StreamsGroupHeartbeatResponse.Status.STALE_TOPOLOGY,
                    "The member's topology epoch %d is behind the group's topology epoch %d."
                            .formatted(epoch, known.topologyEpoch()));
        }
    }

    // ---- epochs and tasks

    private static void raiseEpoch(
            StreamsDraft draft,
            StreamsDraft.Topology topology,
            StreamsGroupConfig config,
            boolean asks,
            MetadataImage image) {
        Facts before = draft.group.facts();
        var configs = StreamsSettings.of(config).written();
        boolean rises =
                asks
                        || topology.metadataHash() != before.metadataHash()
                        || topology.validatedEpoch() != before.validatedTopologyEpoch()
                        || !configs.equals(before.configs());
        if (rises) {
            draft.epoch++;
            draft.cause =
                    asks
                            ? StreamsCauses.brought(draft)
                            : StreamsCauses.surroundings(draft, topology, configs, image.topics());
            draft.facts.add(
                    new GroupStored(
                            draft.group.id(),
                            new Facts(
                                    draft.epoch,
                                    topology.metadataHash(),
                                    topology.validatedEpoch(),
                                    configs,
                                    before.storedDescriptionEpoch(),
                                    before.failedDescriptionEpoch())));
        }
    }

    private static boolean isDelayed(StreamsGroup group, StreamsGroupConfig config) {
        return group.watch().isDelayed()
                || (group.isEmpty() && config.initialRebalanceDelayMs() > 0);
    }

    /// False when the member must give up everything and join again.
    private static boolean reconcile(
            StreamsDraft draft,
            StreamsTargets.Target target,
            StreamsGroupHeartbeatRequestData request) {
        StreamsAssignment current = draft.member.current();
        if (current.isReconciledTo(target.epoch())) {
            return true;
        }
        StreamsAssignment next =
                StreamsReconciliation.next(
                        current,
                        new StreamsReconciliation.Goal(target.epoch(), target.tasks()),
                        StreamsTasks.told(request),
                        draft);
        if (next == null) {
            return false;
        }
        if (!next.equals(current)) {
            draft.member = draft.member.with(next);
            draft.facts.add(new CurrentStored(draft.group.id(), draft.member.id(), next));
        }
        return true;
    }

    // ---- what a crash may forget

    private static void remember(
            StreamsGroup group, StreamsDraft draft, StreamsGroupHeartbeatRequestData request) {
        StreamsWatch watch = group.watch();
        String memberId = draft.member.id();
        if (draft.replaced != null) {
            watch.forget(draft.replaced.id());
        }
        // What the first member of a new group brings is not counted, as in Kafka.
        if (draft.changesEndpoints() && draft.group.equals(group)) {
            watch.endpointsChanged();
        }
        if (request.shutdownApplication()) {
            watch.shutdownBy(memberId);
        }
        if (request.taskOffsets() != null || request.taskEndOffsets() != null) {
            watch.progress(
                    memberId,
                    watch.progress(memberId)
                            .updated(request.taskOffsets(), request.taskEndOffsets()));
        }
    }

    private void schedule(
            StreamsGroup group, StreamsDraft draft, boolean delayed, StreamsGroupConfig config) {
        if (draft.replaced != null) {
            timers.forget(group.id(), draft.replaced.id());
        }
        if (delayed) {
            timers.delayFirst(group, config);
        }
        timers.heardOf(group.id(), draft.member.id(), config);
        if (!draft.member.current().equals(draft.before.current())) {
            timers.moved(group.id(), draft.member);
        }
    }
}
