package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.env.LivenessProbe;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

/// When a follower stops waiting for its leader, and when not.
class SuspectLeaderTest {
    private static final Peers.Address ADDRESS = new Peers.Address("one", 9093);

    private final ManualEnv env = new ManualEnv(1_000, 1);
    private final List<CompletableFuture<ApiMessage>> answers = new ArrayList<>();
    private final List<QuorumLeader> ended = new ArrayList<>();
    private QuorumLeader leader = new QuorumLeader(7, 1);
    private final SuspectLeader suspects =
            new SuspectLeader(
                    () -> leader,
                    new LivenessProbe(
                            (_, _, _, _) -> {
                                answers.add(new CompletableFuture<>());
                                return answers.getLast();
                            },
                            env.timers(),
                            "test"),
                    ended::add);

    @Test
    void aLeaderThatCannotBeReachedThreeTimesHasEnded() {
        suspects.lost(1, ADDRESS);
        refuse();
        refuse();
        assertEquals(List.of(), ended);
        refuse();
        assertEquals(List.of(leader), ended);
    }

    @Test
    void aLeaderThatAnswersHasNot() {
        suspects.lost(1, ADDRESS);
        refuse();
        answers.getLast().complete(new ApiVersionsResponseData());
        env.advance(10_000);
        assertEquals(List.of(), ended);
        assertEquals(2, answers.size());
    }

    @Test
    void aSilentLeaderHasNot() {
        suspects.lost(1, ADDRESS);
        answers.getLast().completeExceptionally(new IOException(new TimeoutException("no answer")));
        env.advance(10_000);
        assertEquals(List.of(), ended);
        assertEquals(1, answers.size());
    }

    @Test
    void anotherNodeIsNotAsked() {
        suspects.lost(2, ADDRESS);
        assertEquals(0, answers.size());
    }

    @Test
    void whoHasCeasedToLeadMeanwhileIsNotAskedOn() {
        suspects.lost(1, ADDRESS);
        refuse();
        leader = new QuorumLeader(8, 3);
        refuse();
        env.advance(10_000);
        assertEquals(2, answers.size());
        assertEquals(List.of(), ended);
    }

    @Test
    void oneIsAskedAtATimeAndAgainLater() {
        suspects.lost(1, ADDRESS);
        suspects.lost(1, ADDRESS);
        assertEquals(1, answers.size());
        answers.getLast().complete(new ApiVersionsResponseData());
        suspects.lost(1, ADDRESS);
        assertEquals(2, answers.size());
    }

    private void refuse() {
        answers.getLast().completeExceptionally(new IOException("Connection refused"));
        env.advance(100);
    }
}
