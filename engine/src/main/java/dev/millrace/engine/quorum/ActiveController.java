package dev.millrace.engine.quorum;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Timers;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractResponse;
import org.jspecify.annotations.Nullable;

/// The road to the node that decides: the leader of the metadata quorum, wherever it is now.
///
/// A request goes to it as it is, in the version that it came in; when it is this node itself, without a network in between. While no leader is known, when the connection is lost, and
/// when the one asked has ceased to lead (`NOT_CONTROLLER` anywhere in the answer), it is asked again until the time is over:
/// so does Kafka's own forwarding. A request whose answer was lost may thus be decided twice; the second decision finds what
/// the first one made.
///
/// **Owner.** Immutable; any thread.
public final class ActiveController {
    private static final long RETRY_MS = 50;

    private final KraftQuorum quorum;
    private final Peers peers;
    private final Clock clock;
    private final Timers timers;
    private final Here decideHere;

    /// What this node answers while it is the active controller itself.
    @FunctionalInterface
    public interface Here {
        CompletionStage<ApiMessage> answer(short version, ApiMessage request);
    }

    /// @param decideHere asked while this node leads the quorum, and so never on a node that is no controller
    public ActiveController(
            KraftQuorum quorum, Peers peers, Clock clock, Timers timers, Here decideHere) {
        this.quorum = quorum;
        this.peers = peers;
        this.clock = clock;
        this.timers = timers;
        this.decideHere = decideHere;
    }

    /// True while this node decides.
    public boolean here() {
        return quorum.leader().id() == quorum.nodeId();
    }

    /// Asks until there is an answer of an active controller.
    ///
    /// @param version of the API that the message belongs to
    /// @return fails with `TimeoutException` when there is none in time
    public CompletionStage<ApiMessage> ask(short version, ApiMessage request, long timeoutMs) {
        var answer = new CompletableFuture<ApiMessage>();
        attempt(version, request, clock.monotonicMs() + timeoutMs, answer);
        return answer;
    }

    private void attempt(
            short version,
            ApiMessage request,
            long deadlineMs,
            CompletableFuture<ApiMessage> answer) {
        askOnce(version, request, Math.max(1, deadlineMs - clock.monotonicMs()))
                .whenComplete((response, failure) -> {
                    if (failure == null) {
                        answer.complete(response);
                    } else if (clock.monotonicMs() + RETRY_MS >= deadlineMs) {
                        answer.completeExceptionally(
                                new TimeoutException(
                                        "No active controller has answered in time.", failure));
                    } else {
                        timers.schedule(
                                RETRY_MS, () -> attempt(version, request, deadlineMs, answer));
                    }
                });
    }

    /// Asks the one that is known now, once.
    ///
    /// @return fails when none is known, when it cannot be reached, and when it does not lead any more
    public CompletionStage<ApiMessage> askOnce(short version, ApiMessage request, long timeoutMs) {
        QuorumLeader leader = quorum.leader();
        CompletionStage<ApiMessage> answer;
        if (leader.id() == quorum.nodeId()) {
            answer = askHere(version, request);
        } else {
            Peers.@Nullable Address address = leader.known() ? quorum.address(leader.id()) : null;
            if (address == null) {
                return CompletableFuture.failedFuture(
                        new NotControllerException("No controller is known to be active."));
            }
            answer = peers.send(address, version, request, timeoutMs);
        }
        return answer.thenApply(response -> {
            if (isNotController(request.apiKey(), version, response)) {
                throw new NotControllerException("Node " + leader.id() + " does not lead.");
            }
            return response;
        });
    }

    /// Whoever asks goes on asking, whether the controller is elsewhere or here: what the handlers throw is no answer, as it is none over
    /// the network. The host hears of it.
    private CompletionStage<ApiMessage> askHere(short version, ApiMessage request) {
        try {
            return decideHere.answer(version, request);
        } catch (Invariant.Broken broken) {
            throw broken; // it stops the process
        } catch (RuntimeException failed) {
            timers.schedule(
                    0,
                    () -> {
                        throw failed;
                    });
            return CompletableFuture.failedFuture(failed);
        }
    }

    /// Whether whoever answered says that it does not decide (any more).
    ///
    /// @param version that the answer is for
    public static boolean isNotController(short api, short version, ApiMessage response) {
        short elsewhere = Errors.NOT_CONTROLLER.code();
        return switch (response) {
            // The library's own reader may take long for this one,
            case DeleteTopicsResponseData deleted ->
                    deleted.responses().stream().anyMatch(each -> each.errorCode() == elsewhere);
            // and fails where a resource is answered twice, as it was asked for.
            case AlterConfigsResponseData altered ->
                    altered.responses().stream().anyMatch(each -> each.errorCode() == elsewhere);
            default -> isNotController(ApiKeys.forId(api), errors(api, version, response));
        };
    }

    private static Set<Errors> errors(short api, short version, ApiMessage response) {
        return AbstractResponse.parseResponse(
                        ApiKeys.forId(api),
                        MessageUtil.toByteBufferAccessor(response, version),
                        version)
                .errorCounts()
                .keySet();
    }

    private static boolean isNotController(ApiKeys api, Set<Errors> errors) {
        return errors.contains(Errors.NOT_CONTROLLER)
                || (ofTheQuorum(api) && errors.contains(Errors.NOT_LEADER_OR_FOLLOWER));
    }

    /// What the consensus engine answers itself; it knows leaders, not controllers.
    private static boolean ofTheQuorum(ApiKeys api) {
        return switch (api) {
            case DESCRIBE_QUORUM, ADD_RAFT_VOTER, REMOVE_RAFT_VOTER -> true;
            default -> false;
        };
    }
}
