package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupFacts;
import dev.millrace.engine.coordinator.group.GroupRecord.MemberFacts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Predicate;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/// A group of the classic protocol, or one that only has offsets ("simple": nobody ever joined).
///
/// Holds what is so; why it changes is in `ClassicJoins`, `ClassicSyncs`, `ClassicLeaves` and `ClassicRebalances`.
final class ClassicGroup implements Group {
    /// Empty as long as nobody has joined.
    static final String NO_PROTOCOL_TYPE = "";

    private final String id;
    private ClassicState state = new ClassicState.Empty();
    private long sinceMs = -1;

    /// Rises by one with each rebalance that ends; 0 before the first (G2).
    private int generation;

    private String protocolType = NO_PROTOCOL_TYPE;
    private @Nullable String leader;

    /// In the order in which they joined, for the leader's sake: assignors see the same order everywhere.
    private final Map<String, ClassicMember> members = new LinkedHashMap<>();

    /// Member ids by instance id (KIP-345).
    private final Map<String, String> instances = new HashMap<>();

    /// Ids that were given out and that nobody has joined with yet (KIP-394), oldest first.
    private final Set<String> pending = new LinkedHashSet<>();

    /// How many partitions the topics had that are divided in this generation; not what the log says.
    private SortedMap<String, Integer> topicsAssigned = Collections.emptySortedMap();

    private int loadedGeneration = -1;

    /// The log has a record of the group itself, not only of its offsets.
    private boolean stored;

    ClassicGroup(String id) {
        this.id = id;
    }

    // ---- what is so

    @Override
    public String id() {
        return id;
    }

    @Override
    public Kind kind() {
        return Kind.CLASSIC;
    }

    ClassicState state() {
        return state;
    }

    @Override
    public String stateText() {
        return state.text();
    }

    @Override
    public boolean isEmpty() {
        return state instanceof ClassicState.Empty;
    }

    @Override
    public boolean isStored() {
        return stored;
    }

    long sinceMs() {
        return sinceMs;
    }

    int generation() {
        return generation;
    }

    @Override
    public String protocolType() {
        return protocolType;
    }

    /// The chosen protocol, while there is one.
    @Nullable String protocol() {
        return switch (state) {
            case ClassicState.CompletingRebalance completing -> completing.protocol;
            case ClassicState.Stable(String protocol, _) -> protocol;
            case ClassicState.Empty _, ClassicState.PreparingRebalance _, ClassicState.Dead _ ->
                    null;
        };
    }

    @Nullable String leader() {
        return leader;
    }

    boolean isLeader(String memberId) {
        return memberId.equals(leader);
    }

    Collection<ClassicMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    @Nullable ClassicMember member(String memberId) {
        return members.get(memberId);
    }

    boolean hasMember(String memberId) {
        return members.containsKey(memberId);
    }

    @Override
    public int size() {
        return members.size();
    }

    /// The id of the static member of that instance.
    @Nullable String instance(String instanceId) {
        return instances.get(instanceId);
    }

    boolean isPending(String memberId) {
        return pending.contains(memberId);
    }

    Collection<String> pending() {
        return Collections.unmodifiableCollection(pending);
    }

    /// The longest that any member asks for: how long a rebalance may take.
    int rebalanceTimeoutMs() {
        int longest = 0;
        for (ClassicMember member : members.values()) {
            longest = Math.max(longest, member.rebalanceTimeoutMs());
        }
        return longest;
    }

    // ---- offsets and administration

    @Override
    public Predicate<String> subscribedTopics() {
        Set<String> topics = Subscriptions.topics(this);
        return topics == null ? _ -> true : topics::contains;
    }

    /// While a rebalance goes on, nobody knows what will be read.
    @Override
    public OffsetAge offsetAge() {
        if (protocolType.equals(NO_PROTOCOL_TYPE)) {
            return new OffsetAge.SinceCommit();
        }
        return switch (state) {
            // Records of Kafka before 2.1 do not say since when.
            case ClassicState.Empty _ when sinceMs < 0 -> new OffsetAge.SinceCommit();
            case ClassicState.Empty _ -> new OffsetAge.SinceEmpty(sinceMs);
            case ClassicState.Stable _ when Subscriptions.isConsumers(this) ->
                    new OffsetAge.SinceCommit();
            case ClassicState.Stable _,
                    ClassicState.PreparingRebalance _,
                    ClassicState.CompletingRebalance _,
                    ClassicState.Dead _ ->
                    new OffsetAge.Ageless();
        };
    }

    /// Commits without a generation are for administrators and for consumers that assign partitions to themselves: only
    /// while the group has no members. Others must be of the present generation (G2).
    @Override
    public Errors admitCommit(Caller caller, OffsetCommitRequestData request) {
        int claimed = request.generationIdOrMemberEpoch();
        if (claimed < 0 && isEmpty()) {
            return Errors.NONE;
        }
        Errors error =
                MemberFencing.isAnonymous(request)
                        ? Errors.UNKNOWN_MEMBER_ID
                        : MemberFencing.fence(
                                this, request.memberId(), request.groupInstanceId(), claimed);
        if (error != Errors.NONE) {
            return error;
        }
        // It knows the generation, but not yet what is its own.
        return state instanceof ClassicState.CompletingRebalance
                ? Errors.REBALANCE_IN_PROGRESS
                : Errors.NONE;
    }

    @Override
    public Errors admitTransactionalCommit(OffsetCommitRequestData request) {
        int claimed = request.generationIdOrMemberEpoch();
        boolean anonymous = MemberFencing.isAnonymous(request);
        return anonymous || (claimed < 0 && isEmpty())
                ? Errors.NONE
                : MemberFencing.fence(this, request.memberId(), request.groupInstanceId(), claimed);
    }

    @Override
    public List<GroupRecord> tombstones() {
        return List.of(new GroupRecord.ClassicGroupForgotten(id));
    }

    // ---- what a crash may forget

    void enter(ClassicState next, long nowMs) {
        state = next;
        sinceMs = nowMs;
    }

    /// Topics in order; 0 for one that does not exist.
    SortedMap<String, Integer> topicsAssigned() {
        return topicsAssigned;
    }

    void topicsAssigned(SortedMap<String, Integer> topics) {
        topicsAssigned = topics;
    }

    /// Is what is known of the members no more than the log says, which is what they said under the chosen protocol?
    boolean isAsLoaded() {
        return generation == loadedGeneration;
    }

    void loaded() {
        loadedGeneration = generation;
    }

    void nextGeneration() {
        generation++;
    }

    /// Adds a member, or puts another in its place without changing the order.
    void put(ClassicMember member) {
        if (members.isEmpty()) {
            leader = member.id();
        }
        pending.remove(member.id());
        members.put(member.id(), member);
        if (member.instanceId() != null) {
            instances.put(member.instanceId(), member.id());
        }
        if (leader == null) {
            leader = member.id();
        }
    }

    void protocolType(String type) {
        protocolType = type;
    }

    void leader(String memberId) {
        Invariant.check(hasMember(memberId), "the leader of a group is a member");
        leader = memberId;
    }

    void remove(String memberId) {
        ClassicMember removed = members.remove(memberId);
        pending.remove(memberId);
        if (removed == null) {
            return;
        }
        if (removed.instanceId() != null) {
            instances.remove(removed.instanceId(), memberId);
        }
        if (isLeader(memberId)) {
            leader = members.isEmpty() ? null : members.keySet().iterator().next();
        }
    }

    /// A static member goes on under another id, in the same place.
    void rename(String memberId, ClassicMember as) {
        var renamed = new LinkedHashMap<String, ClassicMember>();
        members.forEach((id, member) -> renamed.put(memberId.equals(id) ? as.id() : id, member));
        renamed.put(as.id(), as);
        members.clear();
        members.putAll(renamed);
        if (as.instanceId() != null) {
            instances.put(as.instanceId(), as.id());
        }
        if (isLeader(memberId)) {
            leader = as.id();
        }
    }

    void addPending(String memberId) {
        pending.add(memberId);
    }

    void removePending(String memberId) {
        pending.remove(memberId);
    }

    // ---- what is durable

    /// The group as it stands, with these assignments.
    ClassicGroupFacts facts(Map<String, Bytes> assignments, long nowMs) {
        @Nullable String protocol = protocol();
        var facts = new ArrayList<MemberFacts>(members.size());
        for (ClassicMember member : members.values()) {
            Bytes assignment = assignments.getOrDefault(member.id(), ClassicMember.NOTHING);
            facts.add(member.facts(protocol, assignment));
        }
        return new ClassicGroupFacts(
                protocolType, generation, protocol, leader, nowMs, List.copyOf(facts));
    }

    /// The assignments as they stand.
    Map<String, Bytes> assignments() {
        var assignments = new HashMap<String, Bytes>();
        members.forEach((memberId, member) -> assignments.put(memberId, member.assignment()));
        return assignments;
    }

    /// Takes over what the log says (G4). Live, the members are mostly the same: what they said beyond the chosen protocol is
    /// kept. While loading, a later record may say something else of a member than the one before.
    void replay(ClassicGroupFacts facts) {
        var before = new HashMap<>(members);
        members.clear();
        instances.clear();
        for (MemberFacts fact : facts.members()) {
            ClassicMember known = before.get(fact.id());
            put(
                    known != null && known.facts(facts.protocol(), fact.assignment()).equals(fact)
                            ? known.withAssignment(fact.assignment())
                            : ClassicMember.stored(fact, facts.protocol()));
        }
        stored = true;
        generation = facts.generation();
        protocolType = facts.protocolType();
        leader = facts.leader();
        enter(stateOf(facts), facts.sinceMs());
    }

    private ClassicState stateOf(ClassicGroupFacts facts) {
        if (facts.members().isEmpty()) {
            return new ClassicState.Empty();
        }
        String protocol = facts.protocol() == null ? "" : facts.protocol();
        return switch (state) {
            case ClassicState.CompletingRebalance completing -> completing.toStable();
            // A static member came back: who has not fetched its assignment still has to.
            case ClassicState.Stable stable when stable.protocol().equals(protocol) -> stable;
            case ClassicState.Empty _,
                    ClassicState.PreparingRebalance _,
                    ClassicState.Stable _,
                    ClassicState.Dead _ ->
                    new ClassicState.Stable(protocol, new LinkedHashSet<>());
        };
    }
}
