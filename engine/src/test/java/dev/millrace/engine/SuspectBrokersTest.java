package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.env.LivenessProbe;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

/// Who is fenced before its session is over, and who is not.
class SuspectBrokersTest {
    private final TestMetadata metadata = TestMetadata.withBrokers(1, 2, 3);
    private final ManualEnv env = new ManualEnv(1_000, 1);
    private final List<Peers.Address> asked = new ArrayList<>();
    private final List<CompletableFuture<ApiMessage>> answers = new ArrayList<>();
    private final List<Integer> gone = new ArrayList<>();
    private final SuspectBrokers suspects =
            new SuspectBrokers(
                    metadata::image,
                    new PeerAddresses("PLAINTEXT", metadata::image),
                    new LivenessProbe(
                            (to, _, _, _) -> {
                                asked.add(to);
                                answers.add(new CompletableFuture<>());
                                return answers.getLast();
                            },
                            env.timers(),
                            "test"),
                    broker -> gone.add(broker.id()));

    @Test
    void whoCannotBeReachedThreeTimesIsGone() {
        suspects.suspect(2);
        refuse();
        refuse();
        assertEquals(List.of(), gone);
        refuse();
        assertEquals(List.of(2), gone);
        assertEquals(3, asked.size());
    }

    @Test
    void whoAnswersIsNot() {
        suspects.suspect(2);
        refuse();
        answers.getLast().complete(new ApiVersionsResponseData());
        env.advance(10_000);
        assertEquals(2, asked.size());
        assertEquals(List.of(), gone);
    }

    /// It may be paused, or slow: its session counts.
    @Test
    void whoIsSilentIsNot() {
        suspects.suspect(2);
        answers.getLast().completeExceptionally(new IOException(new TimeoutException("no answer")));
        env.advance(10_000);
        assertEquals(1, asked.size());
        assertEquals(List.of(), gone);
    }

    @Test
    void whoIsFencedMeanwhileIsNotAskedOn() {
        suspects.suspect(2);
        refuse();
        metadata.broker(2, true);
        refuse();
        env.advance(10_000);
        assertEquals(2, asked.size());
        assertEquals(List.of(), gone);
    }

    @Test
    void aNewLeaderAsksAllOthers() {
        suspects.suspectAllBut(1);
        assertEquals(2, asked.size());
    }

    private void refuse() {
        answers.getLast().completeExceptionally(new IOException("Connection refused"));
        env.advance(100);
    }
}
