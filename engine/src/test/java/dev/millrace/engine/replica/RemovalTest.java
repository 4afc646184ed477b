package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.LogSettings;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// DeleteRecords waits until all live replicas have removed what it names, as Apache Kafka does.
final class RemovalTest extends ThreeReplicas {
    @BeforeEach
    void records() throws IOException {
        for (String value : List.of("a", "b", "c")) {
            one.append(value);
        }
        one.flush();
        everybodyFetches();
        everybodyFetches();
    }

    private void everybodyFetches() throws IOException {
        two.fetch(one, 1);
        three.fetch(one, 1);
    }

    private CompletableFuture<Errors> removes(long offset) {
        one.partition.ask(-1, (log, _) -> log.raiseLogStart(offset));
        return one.partition.removed(offset).toCompletableFuture();
    }

    @Test
    void itWaitsForEveryFollower() throws IOException {
        var removed = removes(2);
        everybodyFetches();
        assertFalse(removed.isDone(), "they have heard of it, and have not said that they did it");
        two.fetch(one, 1);
        assertFalse(removed.isDone(), "3 has not said so");
        assertEquals(0, one.partition.lowWatermark());
        three.fetch(one, 1);
        assertEquals(Errors.NONE, removed.join());
        assertEquals(2, one.partition.lowWatermark());
        assertEquals(2, three.partition.logStart());
    }

    @Test
    void itDoesNotWaitForWhoIsGone() throws IOException {
        var removed = removes(2);
        two.fetch(one, 1);
        two.fetch(one, 1);
        assertFalse(removed.isDone());
        ineligible.add(3);
        one.partition.inSyncSet().admit();
        assertEquals(Errors.NONE, removed.join());
    }

    @Test
    void whatIsGoneEverywhereWaitsForNobody() throws IOException {
        var before = removes(2);
        everybodyFetches();
        everybodyFetches();
        assertTrue(before.isDone());
        assertTrue(removes(1).isDone());
    }

    @Test
    void anotherLeaderEndsTheWait() {
        var removed = removes(2);
        one.partition.assume(new ReplicaRole.Follower(2, 3), 1, LogSettings.DEFAULTS);
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, removed.join());
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, removes(2).join());
        assertEquals(-1, one.partition.lowWatermark());
    }

    @Test
    void aFailedDiskEndsTheWait() {
        var removed = removes(2);
        one.partition.fail("disk");
        assertEquals(Errors.KAFKA_STORAGE_ERROR, removed.join());
    }
}
