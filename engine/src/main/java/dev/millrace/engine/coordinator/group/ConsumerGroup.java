package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.PartitionsForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.PartitionsStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.RegexForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.RegexResolved;
import dev.millrace.engine.coordinator.group.ConsumerRecord.Resolution;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetStored;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A group of the consumer protocol (KIP-848): the coordinator decides who reads what.
///
/// Holds what the log says, and what follows from it; [#replay] is the only method that changes it (G4). Why it changes is in
/// `ConsumerHeartbeats`, `ConsumerLeaves` and `ConsumerRegexes`.
final class ConsumerGroup implements Group {
    private final String id;

    /// Rises with everything that asks for another assignment. A group that has no record of it yet is at its first.
    private int epoch = 1;

    private long metadataHash;

    /// The group epoch that the targets were computed for; below [#epoch] while others are to be computed.
    private int targetEpoch;

    private long targetComputedMs;

    private final TreeMap<String, ConsumerMember> members = new TreeMap<>();
    private final TreeMap<String, Map<Uuid, Set<Integer>>> targets = new TreeMap<>();
    private final TreeMap<String, Resolution> resolutions = new TreeMap<>();
    private boolean hasPartitionsRecord;

    // What follows from the members and resolutions, kept so that nobody has to look through them.

    /// Member ids by instance id.
    private final Map<String, String> instances = new HashMap<>();

    /// The member that has a partition, or has not given it up yet (G1). When a log that was compacted brings two, the later
    /// one is right.
    private final Map<Uuid, Map<Integer, String>> owners = new HashMap<>();

    /// Topics that members name, each as often as it is named, and those that expressions match, once each.
    private final Counts topics = new Counts();

    private final Counts regexes = new Counts();
    private final Counts assignors = new Counts();

    private final ConsumerWatch watch = new ConsumerWatch();

    ConsumerGroup(String id) {
        this.id = id;
    }

    /// What a crash may forget.
    ConsumerWatch watch() {
        return watch;
    }

    // ---- what is so

    @Override
    public String id() {
        return id;
    }

    @Override
    public Kind kind() {
        return Kind.CONSUMER;
    }

    @Override
    public String protocolType() {
        return Subscriptions.CONSUMER;
    }

    int epoch() {
        return epoch;
    }

    long metadataHash() {
        return metadataHash;
    }

    int targetEpoch() {
        return targetEpoch;
    }

    long targetComputedMs() {
        return targetComputedMs;
    }

    @Override
    public String stateText() {
        if (members.isEmpty()) {
            return "Empty";
        }
        if (epoch > targetEpoch) {
            return "Assigning";
        }
        for (ConsumerMember member : members.values()) {
            if (!member.current().isReconciledTo(targetEpoch)) {
                return "Reconciling";
            }
        }
        return "Stable";
    }

    @Override
    public boolean isEmpty() {
        return members.isEmpty();
    }

    @Override
    public boolean isStored() {
        return true;
    }

    /// In the order of their ids.
    SortedMap<String, ConsumerMember> members() {
        return Collections.unmodifiableSortedMap(members);
    }

    Collection<ConsumerMember> inOrder() {
        return Collections.unmodifiableCollection(members.values());
    }

    @Override
    public int size() {
        return members.size();
    }

    @Nullable ConsumerMember member(String memberId) {
        return members.get(memberId);
    }

    /// The static member of that instance.
    @Nullable ConsumerMember instance(@Nullable String instanceId) {
        String memberId = instanceId == null ? null : instances.get(instanceId);
        return memberId == null ? null : members.get(memberId);
    }

    Map<Uuid, Set<Integer>> target(String memberId) {
        return targets.getOrDefault(memberId, Map.of());
    }

    @Nullable Map<Uuid, Set<Integer>> targetOrNull(String memberId) {
        return targets.get(memberId);
    }

    @Nullable String owner(Uuid topic, int partition) {
        return owners.getOrDefault(topic, Map.of()).get(partition);
    }

    Counts topics() {
        return topics;
    }

    Counts regexes() {
        return regexes;
    }

    Counts assignors() {
        return assignors;
    }

    SortedMap<String, Resolution> resolutions() {
        return Collections.unmodifiableSortedMap(resolutions);
    }

    @Nullable Resolution resolution(String regex) {
        return resolutions.get(regex);
    }

    boolean hasPartitionsRecord() {
        return hasPartitionsRecord;
    }

    // ---- offsets and administration

    @Override
    public Predicate<String> subscribedTopics() {
        return topic -> topics.of(topic) > 0;
    }

    @Override
    public Errors admitCommit(Caller caller, OffsetCommitRequestData request) {
        return ConsumerFencing.admitCommit(this, caller, request);
    }

    @Override
    public Errors admitTransactionalCommit(OffsetCommitRequestData request) {
        return MemberFencing.isAnonymous(request)
                ? Errors.NONE
                : ConsumerFencing.admitCommit(this, request);
    }

    @Override
    public Errors admitFetch(@Nullable String memberId, int memberEpoch) {
        return ConsumerFencing.admitFetch(this, memberId, memberEpoch);
    }

    @Override
    public List<GroupRecord> tombstones() {
        List<GroupRecord> facts = new ArrayList<>();
        members.keySet().forEach(member -> facts.add(new CurrentForgotten(id, member)));
        targets.keySet().forEach(member -> facts.add(new TargetForgotten(id, member)));
        facts.add(new TargetEpochForgotten(id));
        members.keySet().forEach(member -> facts.add(new MemberForgotten(id, member)));
        resolutions.keySet().forEach(regex -> facts.add(new RegexForgotten(id, regex)));
        facts.add(new PartitionsForgotten(id));
        facts.add(new GroupEpochForgotten(id));
        return facts;
    }

    // ---- what is durable

    /// Takes over what the log says (G4); that the group is gone is its shard's to see.
    void replay(ConsumerRecord fact) {
        switch (fact) {
            case GroupEpochStored(_, int now, long hash) -> {
                epoch = now;
                metadataHash = hash;
            }
            case GroupEpochForgotten _ -> {}
            case MemberStored(_, var memberId, var said) -> put(known(memberId).with(said));
            case MemberForgotten(_, var memberId) -> remove(memberId);
            case TargetEpochStored(_, int of, long computedMs) -> {
                targetEpoch = of;
                targetComputedMs = computedMs;
            }
            case TargetEpochForgotten _ -> {
                targetEpoch = -1;
                targetComputedMs = 0;
            }
            case TargetStored(_, var memberId, var partitions) -> targets.put(memberId, partitions);
            case TargetForgotten(_, var memberId) -> targets.remove(memberId);
            case CurrentStored(_, var memberId, var current) -> put(known(memberId).with(current));
            case CurrentForgotten(_, var memberId) -> {
                if (members.containsKey(memberId)) {
                    put(known(memberId).with(ConsumerAssignment.JOINING));
                }
            }
            case RegexResolved(_, var regex, var resolution) -> resolve(regex, resolution);
            case RegexForgotten(_, var regex) -> resolve(regex, null);
            case PartitionsStored _ -> hasPartitionsRecord = true;
            case PartitionsForgotten _ -> hasPartitionsRecord = false;
        }
    }

    private ConsumerMember known(String memberId) {
        ConsumerMember member = members.get(memberId);
        return member == null ? ConsumerMember.unknown(memberId) : member;
    }

    private void put(ConsumerMember member) {
        remove(member.id());
        members.put(member.id(), member);
        ConsumerSubscription said = member.said();
        topics.addAll(said.topics());
        if (said.hasRegex()) {
            regexes.add(said.regex());
        }
        if (said.assignor() != null) {
            assignors.add(said.assignor());
        }
        if (said.instanceId() != null) {
            instances.put(said.instanceId(), member.id());
        }
        own(member.id(), member.current().assigned());
        own(member.id(), member.current().revoking());
    }

    private void remove(String memberId) {
        ConsumerMember member = members.remove(memberId);
        if (member == null) {
            return;
        }
        ConsumerSubscription said = member.said();
        topics.removeAll(said.topics());
        if (said.hasRegex()) {
            regexes.remove(said.regex());
        }
        if (said.assignor() != null) {
            assignors.remove(said.assignor());
        }
        if (said.instanceId() != null) {
            instances.remove(said.instanceId(), memberId);
        }
        disown(memberId, member.current().assigned());
        disown(memberId, member.current().revoking());
    }

    private void own(String memberId, Map<Uuid, Map<Integer, Integer>> partitions) {
        partitions.forEach((topic, epochs) -> {
            var ofTopic = owners.computeIfAbsent(topic, _ -> new HashMap<>());
            epochs.keySet().forEach(partition -> ofTopic.put(partition, memberId));
        });
    }

    private void disown(String memberId, Map<Uuid, Map<Integer, Integer>> partitions) {
        partitions.forEach((topic, epochs) -> {
            Map<Integer, String> ofTopic = owners.get(topic);
            if (ofTopic == null) {
                return;
            }
            epochs.keySet().forEach(partition -> ofTopic.remove(partition, memberId));
            if (ofTopic.isEmpty()) {
                owners.remove(topic);
            }
        });
    }

    private void resolve(String regex, @Nullable Resolution resolution) {
        Resolution before =
                resolution == null ? resolutions.remove(regex) : resolutions.put(regex, resolution);
        if (before != null) {
            topics.removeAll(before.topics());
        }
        if (resolution != null) {
            topics.addAll(resolution.topics());
        }
    }
}
