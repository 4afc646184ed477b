package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.EndTransactionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.Test;

class ControllerTest {
    private static Decision<String> create(MetadataImage image, String name) {
        if (image.topics().byName(name) != null) {
            return Decision.answer("exists");
        }
        var record = new TopicRecord().setName(name).setTopicId(new Uuid(1, name.hashCode()));
        return new Decision<>(List.of(TestMetadata.versioned(record, 0)), "created");
    }

    private static Throwable failure(CompletableFuture<?> future) {
        return Objects.requireNonNull(
                assertThrows(CompletionException.class, future::join).getCause());
    }

    @Test
    void writesTheBootstrapRecordsOnAnEmptyLog() {
        var test = new TestMetadata(true);
        assertEquals(MetadataVersion.LATEST_PRODUCTION, test.image().features().metadataVersion());
        assertEquals(1, test.metadata.controllerId());
    }

    @Test
    void decidesOnWhatIsProposedAndAnswersWhenItIsCommittedAndApplied() {
        var test = new TestMetadata(false);
        var first = test.controller.submit(image -> create(image, "t")).toCompletableFuture();
        var second = test.controller.submit(image -> create(image, "t")).toCompletableFuture();
        assertFalse(first.isDone());
        assertFalse(second.isDone(), "an answer that rests on an uncommitted record waits for it");
        assertNull(test.image().topics().byName("t"));

        var applied = first.thenApply(_ -> test.image().topics().byName("t") != null);
        test.quorum.step();
        assertEquals("created", first.join());
        assertTrue(applied.join(), "applied before it is answered");
        assertEquals("exists", second.join());
        assertEquals(0, test.time.scheduled(), "no timer is left behind");
    }

    @Test
    void forgetsWhatWasNotCommittedWhenLeadershipEnds() {
        var test = new TestMetadata(false);
        var lost = test.controller.submit(image -> create(image, "t")).toCompletableFuture();
        test.quorum.loseLeadership(2);
        assertInstanceOf(NotControllerException.class, failure(lost));
        var standby = test.controller.submit(image -> create(image, "t")).toCompletableFuture();
        assertEquals("The active controller appears to be node 2.", failure(standby).getMessage());

        test.quorum.lead();
        var again = test.controller.submit(image -> create(image, "t")).toCompletableFuture();
        test.quorum.step();
        assertEquals("created", again.join());
    }

    @Test
    void aPatientDecisionWaitsAsLongAsItsCommitTakes() {
        var test = new TestMetadata(false);
        var patient =
                test.controller.submitPatiently(image -> create(image, "t")).toCompletableFuture();
        test.time.advance(10_000_000);
        assertFalse(patient.isDone());

        test.quorum.step();
        assertEquals("created", patient.join());
    }

    @Test
    void aDecisionThatIsNotCommittedInTimeFailsAndStaysOrdered() {
        var test = new TestMetadata(false);
        var slow = test.controller.submit(50, image -> create(image, "t")).toCompletableFuture();
        test.time.advance(51);
        assertInstanceOf(TimeoutException.class, failure(slow));
        test.quorum.step();
        assertNotNull(test.image().topics().byName("t"), "it was committed none the less");
    }

    @Test
    void aRefusalOfTheWholeRequestFailsTheStage() {
        var test = new TestMetadata(true);
        var refused =
                test.controller
                        .submit(_ -> {
                            throw new PolicyViolationException("no");
                        })
                        .toCompletableFuture();
        assertInstanceOf(PolicyViolationException.class, failure(refused));
    }

    @Test
    void refusesMoreThanItCanHold() {
        var test = new TestMetadata(false);
        var waiting = new ArrayList<CompletableFuture<String>>();
        for (int i = 0; i <= Controller.MAX_PENDING; i++) {
            String name = "t" + i;
            waiting.add(test.controller.submit(image -> create(image, name)).toCompletableFuture());
        }
        assertInstanceOf(TimeoutException.class, failure(waiting.getLast()));
        test.quorum.step();
        assertTrue(
                waiting.subList(0, Controller.MAX_PENDING).stream()
                        .allMatch(CompletableFuture::isDone));
    }

    @Test
    void listenersHearImagesInOrderAndLateOnesHearThePresent() {
        var test = new TestMetadata(true);
        var heard = new ArrayList<Long>();
        test.metadata.listen(change -> {
            assertTrue(change.before().offset() < change.after().offset());
            heard.add(change.after().offset());
        });
        test.topic("a", 1, 1);
        test.topic("b", 1, 1);
        assertEquals(3, heard.size());
        assertEquals(heard.stream().sorted().toList(), heard);
    }

    @Test
    void aMetadataTransactionIsSeenWholeAtItsEnd() {
        var test = new TestMetadata(true);
        // Only a quorum that Kafka's controller led holds transactions: ours writes one batch for
        // what must be atomic.
        var topic = new TopicRecord().setName("t").setTopicId(new Uuid(1, 1));
        test.quorum.propose(1, List.of(TestMetadata.versioned(new BeginTransactionRecord(), 0)));
        test.quorum.propose(1, List.of(TestMetadata.versioned(topic, 0)));
        test.quorum.step();
        assertNull(test.image().topics().byName("t"));
        assertTrue(test.metadata.inTransaction());
        test.quorum.propose(1, List.of(TestMetadata.versioned(new EndTransactionRecord(), 0)));
        test.quorum.step();
        assertNotNull(test.image().topics().byName("t"));
    }
}
