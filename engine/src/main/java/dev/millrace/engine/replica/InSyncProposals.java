package dev.millrace.engine.replica;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionRequestData.BrokerState;
import org.apache.kafka.common.message.AlterPartitionRequestData.PartitionData;
import org.apache.kafka.common.message.AlterPartitionRequestData.TopicData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What leaders want the controller to decide: one request at a time, with what has come up meanwhile, up to a bound.
///
/// A proposal leaves when the leader wants it no more, because the metadata log has told how it went, or because the controller has
/// surely not done it. Everything else is asked again: the controller compares epochs, so that asking twice does no harm.
///
/// **Owner.** Its turn; partitions' turns are taken outside of it.
public final class InSyncProposals {
    private static final Logger LOG = LoggerFactory.getLogger(InSyncProposals.class);
    private static final long RETRY_MS = 50;

    /// When it may be otherwise: a broker is not fenced any more.
    private static final long REFUSED_MS = 500;

    /// Of one request: the controller decides them in one step, and refuses what is too much for that.
    static final int MOST = 2_000;

    private final int brokerId;
    private final LongSupplier brokerEpoch;
    private final Function<AlterPartitionRequestData, CompletionStage<AlterPartitionResponseData>>
            controller;
    private final Env env;
    private final Turn turn;
    private final Map<Partition, InSyncProposal> waiting = new LinkedHashMap<>();
    private boolean asking;
    private boolean closed;

    /// @param controller asks the active one
    public InSyncProposals(
            int brokerId,
            LongSupplier brokerEpoch,
            Function<AlterPartitionRequestData, CompletionStage<AlterPartitionResponseData>>
                    controller,
            Env env) {
        this.brokerId = brokerId;
        this.brokerEpoch = brokerEpoch;
        this.controller = controller;
        this.env = env;
        this.turn = env.newTurn("who is in sync");
    }

    /// Has it decided. May be called in a turn: the controller is asked on a worker.
    void propose(InSyncProposal proposal) {
        boolean begins =
                turn.take(() -> {
                    waiting.put(proposal.partition(), proposal);
                    boolean rests = !asking && !closed;
                    asking |= rests;
                    return rests;
                });
        if (begins) {
            askLater(0);
        }
    }

    /// Asks nothing any more.
    public void close() {
        turn.run(() -> {
            closed = true;
            waiting.clear();
        });
    }

    private void askLater(long delayMs) {
        Runnable work = () -> env.workers().execute("ask who is in sync", this::ask);
        if (delayMs == 0) {
            work.run();
        } else {
            env.timers().schedule(delayMs, work);
        }
    }

    /// A round that fails in a way that nobody has foreseen (no memory, for instance) is not the last.
    private void ask() {
        askAgainIfItFails(this::askNow);
    }

    private void askAgainIfItFails(Runnable round) {
        try {
            round.run();
        } catch (Invariant.Broken broken) {
            throw broken;
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("Who is in sync could not be asked", e);
            turn.run(() -> asking = true);
            askLater(RETRY_MS);
        }
    }

    private void askNow() {
        List<InSyncProposal> all = turn.take(() -> List.copyOf(waiting.values()));
        for (InSyncProposal each : all) {
            if (!each.partition().inSyncSet().wants(each)) {
                turn.run(() -> waiting.remove(each.partition(), each));
            }
        }
        List<InSyncProposal> wanted =
                turn.take(() -> {
                    asking = !waiting.isEmpty();
                    return first();
                });
        if (!wanted.isEmpty()) {
            long epoch = brokerEpoch.getAsLong();
            controller
                    .apply(request(wanted, epoch))
                    .whenComplete((answer, failure) ->
                            askAgainIfItFails(() -> answered(wanted, answer, failure)));
        }
    }

    /// As many as one request holds. Those that stay undecided come behind the others.
    private List<InSyncProposal> first() {
        List<InSyncProposal> first = waiting.values().stream().limit(MOST).toList();
        for (InSyncProposal each : first) {
            waiting.remove(each.partition());
            waiting.put(each.partition(), each);
        }
        return first;
    }

    private AlterPartitionRequestData request(List<InSyncProposal> wanted, long epoch) {
        Map<Uuid, TopicData> topics = new LinkedHashMap<>();
        for (InSyncProposal each : wanted) {
            var members = new ArrayList<BrokerState>(each.members().size());
            for (InSyncProposal.Member member : each.members()) {
                members.add(
                        new BrokerState()
                                .setBrokerId(member.brokerId())
                                .setBrokerEpoch(
                                        member.brokerId() == brokerId
                                                ? epoch
                                                : member.brokerEpoch()));
            }
            topics.computeIfAbsent(each.topicId(), id -> new TopicData().setTopicId(id))
                    .partitions()
                    .add(
                            new PartitionData()
                                    .setPartitionIndex(each.name().partition())
                                    .setLeaderEpoch(each.leaderEpoch())
                                    .setPartitionEpoch(each.partitionEpoch())
                                    .setNewIsrWithEpochs(members));
        }
        return new AlterPartitionRequestData()
                .setBrokerId(brokerId)
                .setBrokerEpoch(epoch)
                .setTopics(new ArrayList<>(topics.values()));
    }

    private void answered(
            List<InSyncProposal> asked,
            @Nullable AlterPartitionResponseData answer,
            @Nullable Throwable failure) {
        Errors all =
                answer == null ? Errors.UNKNOWN_SERVER_ERROR : Errors.forCode(answer.errorCode());
        if (answer == null || all != Errors.NONE) {
            LOG.info("Who is in sync was not decided: {}", answer == null ? failure : all);
        } else {
            for (var topic : answer.topics()) {
                for (var partition : topic.partitions()) {
                    settle(
                            asked,
                            topic.topicId(),
                            partition.partitionIndex(),
                            Errors.forCode(partition.errorCode()));
                }
            }
        }
        askLater(answer == null || all != Errors.NONE ? RETRY_MS : 1);
    }

    private void settle(List<InSyncProposal> asked, Uuid topicId, int index, Errors error) {
        for (InSyncProposal each : asked) {
            if (each.topicId().equals(topicId) && each.name().partition() == index) {
                settle(each, error);
            }
        }
    }

    private void settle(InSyncProposal proposal, Errors error) {
        if (error == Errors.NOT_CONTROLLER) {
            return; // it does not know yet what the proposal rests on: it is asked again
        }
        turn.run(() -> waiting.remove(proposal.partition(), proposal));
        if (error == Errors.INELIGIBLE_REPLICA || error == Errors.OPERATION_NOT_ATTEMPTED) {
            proposal.partition().inSyncSet().refused(proposal);
            env.timers().schedule(REFUSED_MS, proposal.partition().inSyncSet()::admit);
        }
        if (error != Errors.NONE) {
            LOG.info("{}: {} was not decided: {}", proposal.name(), proposal.members(), error);
        }
    }
}
