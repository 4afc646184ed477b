package dev.millrace.engine.env;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

/// Who is taken to have ended.
final class LivenessProbeTest {
    /// A node that lives, and could not be reached a little while ago: no ordinary request goes out to it yet.
    private static final class Pausing implements Peers {
        @Override
        public CompletionStage<ApiMessage> send(
                Address to, short version, ApiMessage request, long timeoutMs) {
            return CompletableFuture.failedFuture(new IOException("a moment ago"));
        }

        @Override
        public CompletionStage<ApiMessage> sendAtOnce(
                Address to, short version, ApiMessage request, long timeoutMs) {
            return CompletableFuture.completedFuture(new ApiVersionsResponseData());
        }
    }

    @Test
    void whoLivesIsAskedThoughThisNodeWouldWaitBeforeItConnectsAgain() {
        var env = new ManualEnv(1_000, 1);
        List<LivenessProbe.Outcome> heard = new ArrayList<>();
        new LivenessProbe(new Pausing(), env.timers(), "test")
                .probe(new Peers.Address("a", 9092), () -> true, heard::add);
        env.advance(1_000);
        assertEquals(List.of(LivenessProbe.Outcome.UNDECIDED), heard);
    }
}
