package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/// JoinGroup of a member of the classic protocol in a group of the consumer protocol (KIP-848): it takes one step towards its
/// target, as with a heartbeat of the consumer protocol, and hears its member epoch as the generation.
///
/// Nobody waits for anybody: the coordinator assigns. The client fetches the result with SyncGroup ([MixedMembers]).
final class MixedJoins {
    /// As in a classic group (KIP-394).
    private static final int ID_REQUIRED_SINCE = 4;

    private final GroupShard shard;
    private final ConsumerSteps steps;
    private final Conversions conversions;
    private final Clock clock;
    private final Entropy entropy;
    private final GroupConfig config;

    MixedJoins(
            GroupShard shard,
            ConsumerSteps steps,
            Conversions conversions,
            Clock clock,
            Entropy entropy,
            GroupConfig config) {
        this.shard = shard;
        this.steps = steps;
        this.conversions = conversions;
        this.clock = clock;
        this.entropy = entropy;
        this.config = config;
    }

    /// One JoinGroup request, and what it says.
    private record Join(
            Caller caller,
            JoinGroupRequestData request,
            String memberId,
            EmbeddedProtocol.Subscription subscription) {
        /// Version 0 knows no time for the rebalance: it has as long as the session.
        int rebalanceTimeoutMs() {
            return request.rebalanceTimeoutMs() < 0
                    ? request.sessionTimeoutMs()
                    : request.rebalanceTimeoutMs();
        }

        String protocol() {
            return request.protocols().iterator().next().name();
        }

        /// What the member says now. The assignor that it asked for in its time with the consumer protocol stays.
        ConsumerSubscription said(ConsumerSubscription before) {
            var protocols = new ArrayList<ClassicMember.Protocol>();
            for (JoinGroupRequestProtocol each : request.protocols()) {
                protocols.add(new ClassicMember.Protocol(each.name(), Bytes.wrap(each.metadata())));
            }
            return new ConsumerSubscription(
                    request.groupInstanceId() == null
                            ? before.instanceId()
                            : request.groupInstanceId(),
                    subscription.rack() == null ? before.rackId() : subscription.rack(),
                    rebalanceTimeoutMs(),
                    caller.clientId(),
                    caller.clientHost(),
                    subscription.topics(),
                    "",
                    before.assignor(),
                    new ConsumerSubscription.Classic(
                            request.sessionTimeoutMs(), List.copyOf(protocols)));
        }
    }

    /// @param group with members
    Decision<GroupRecord, JoinGroupResponseData> join(
            Caller caller, JoinGroupRequestData request, ConsumerGroup group) {
        boolean isNew = request.memberId().equals(MemberFencing.UNKNOWN_MEMBER_ID);
        Errors refused = admit(group, request);
        if (refused != Errors.NONE) {
            return refuse(refused);
        }
        String memberId = isNew ? entropy.uuid().toString() : request.memberId();
        if (isNew && request.groupInstanceId() == null && caller.version() >= ID_REQUIRED_SINCE) {
            return Decision.answer(ClassicJoins.refusal(Errors.MEMBER_ID_REQUIRED, memberId));
        }
        var subscription =
                EmbeddedProtocol.subscription(
                        Bytes.wrap(request.protocols().iterator().next().metadata()),
                        shard.metadata().topics());
        return subscription == null
                ? refuse(Errors.INCONSISTENT_GROUP_PROTOCOL)
                : place(new Join(caller, request, memberId, subscription), group, isNew);
    }

    private Errors admit(ConsumerGroup group, JoinGroupRequestData request) {
        ConsumerGroupConfig settings = shard.consumerConfig(group);
        if (settings.migrationPolicy() == MigrationPolicy.DISABLED) {
            return Errors.INCONSISTENT_GROUP_PROTOCOL;
        }
        boolean isKnown =
                group.instance(request.groupInstanceId()) != null
                        || group.member(request.memberId()) != null;
        if (!isKnown && group.size() >= settings.maxSize()) {
            return Errors.GROUP_MAX_SIZE_REACHED;
        }
        return isSupported(group, request) ? Errors.NONE : Errors.INCONSISTENT_GROUP_PROTOCOL;
    }

    /// Has it a protocol in common with all the classic members?
    private static boolean isSupported(ConsumerGroup group, JoinGroupRequestData request) {
        if (!request.protocolType().equals(Subscriptions.CONSUMER)) {
            return false;
        }
        for (JoinGroupRequestProtocol protocol : request.protocols()) {
            if (group.inOrder().stream().allMatch(m -> supports(m, protocol.name()))) {
                return true;
            }
        }
        return false;
    }

    private static boolean supports(ConsumerMember member, String protocol) {
        var classic = member.said().classic();
        return classic == null
                || classic.protocols().stream().anyMatch(p -> p.name().equals(protocol));
    }

    // ---- whose place it takes

    private Decision<GroupRecord, JoinGroupResponseData> place(
            Join join, ConsumerGroup group, boolean isNew) {
        String instanceId = join.request().groupInstanceId();
        ConsumerMember owner = group.instance(instanceId);
        if (instanceId == null || (isNew && owner == null)) {
            ConsumerMember known = group.member(join.memberId());
            return step(join, group, known == null ? unknown(join) : known, null);
        }
        if (owner == null) {
            return refuse(Errors.UNKNOWN_MEMBER_ID);
        }
        if (isNew) {
            return replace(join, group, owner);
        }
        return owner.id().equals(join.memberId())
                ? step(join, group, owner, null)
                : refuse(Errors.FENCED_INSTANCE_ID);
    }

    private static ConsumerMember unknown(Join join) {
        return ConsumerMember.unknown(join.memberId());
    }

    private Decision<GroupRecord, JoinGroupResponseData> replace(
            Join join, ConsumerGroup group, ConsumerMember owner) {
        var member = new ConsumerMember(join.memberId(), owner.said(), owner.current().cameBack());
        return Downgrade.isDueAfter(group, owner, config)
                ? downgrade(join, group, owner, member)
                : step(join, group, member, owner);
    }

    /// It was the only one that did not speak the classic protocol.
    private Decision<GroupRecord, JoinGroupResponseData> downgrade(
            Join join, ConsumerGroup group, ConsumerMember owner, ConsumerMember back) {
        ConsumerMember member = back.with(join.said(owner.said()));
        Downgrade downgrade =
                Downgrade.replacing(
                        group, owner, member, shard.metadata().topics(), clock.wallMs());
        return Decision.write(
                downgrade.records(),
                joined(join, group.epoch()),
                () -> {
                    shard.history.record(
                            group,
                            group.epoch() + (downgrade.rebalances() ? 1 : 0),
                            ConsumerCauses.replaced(member, owner));
                    conversions.downgraded(downgrade);
                });
    }

    // ---- one step

    private Decision<GroupRecord, JoinGroupResponseData> step(
            Join join,
            ConsumerGroup group,
            ConsumerMember member,
            @Nullable ConsumerMember replaced) {
        ConsumerDraft draft = ConsumerDraft.of(group, member, replaced);
        var news = new ConsumerSteps.News(join.said(member.said()), join.subscription().owned());
        var outcome = steps.take(draft, news, shard.consumerConfig(group));
        if (outcome instanceof ConsumerSteps.Outcome.Refused) {
            return refuse(Errors.UNKNOWN_MEMBER_ID);
        }
        var taken = (ConsumerSteps.Outcome.Taken) outcome;
        return Decision.write(
                draft.facts,
                joined(join, draft.member.epoch()),
                () -> {
                    steps.carryOut(draft, taken);
                    ConsumerGroup live = shard.consumerGroup(group.id());
                    if (live != null) {
                        shard.consumerTimers.joined(live, draft.member);
                    }
                });
    }

    private static JoinGroupResponseData joined(Join join, int generation) {
        return new JoinGroupResponseData()
                .setMemberId(join.memberId())
                .setGenerationId(generation)
                .setProtocolType(Subscriptions.CONSUMER)
                .setProtocolName(join.protocol());
    }

    /// Kafka names no member in these answers.
    private static Decision<GroupRecord, JoinGroupResponseData> refuse(Errors error) {
        return Decision.answer(ClassicJoins.refusal(error, MemberFencing.UNKNOWN_MEMBER_ID));
    }
}
