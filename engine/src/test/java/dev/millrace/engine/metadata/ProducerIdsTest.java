package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

final class ProducerIdsTest {
    @Test
    void givesEveryIdOnceAcrossBlocksAndRestarts() {
        var test = TestMetadata.withBrokers(1);
        var seen = new HashSet<Long>();
        for (int restart = 0; restart < 3; restart++) {
            var ids = new ProducerIds(test.metadata, test.controller, ManualTime.turn(), 1);
            for (int i = 0; i < 1_500; i++) {
                assertTrue(seen.add(ids.next().toCompletableFuture().join()));
            }
        }
        assertEquals(6_000, test.image().producerIds().next());
    }

    @Test
    void whoeverWaitsForABlockSharesIt() {
        var test = new TestMetadata(false);
        test.quorum.step();
        test.broker(1, false);
        test.quorum.step();
        var ids = new ProducerIds(test.metadata, test.controller, ManualTime.turn(), 1);
        var waiting = new ArrayList<CompletableFuture<Long>>();
        for (int i = 0; i < 10; i++) {
            waiting.add(ids.next().toCompletableFuture());
        }
        assertFalse(waiting.getFirst().isDone());
        test.quorum.step();
        assertEquals(10, waiting.stream().map(CompletableFuture::join).distinct().count());
        assertEquals(1_000, test.image().producerIds().next());
    }

    @Test
    void aFailureIsToldAndTheNextOneAsksAgain() {
        var test = TestMetadata.withBrokers(1);
        var ids = new ProducerIds(test.metadata, test.controller, ManualTime.turn(), 1);
        test.quorum.loseLeadership(2);
        assertThrows(CompletionException.class, ids.next().toCompletableFuture()::join);
        test.quorum.lead();
        assertEquals(0, ids.next().toCompletableFuture().join());
    }
}
