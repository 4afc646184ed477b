package dev.millrace.engine.coordinator.txn;

import static dev.millrace.engine.coordinator.txn.TransactionWorld.ID;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T0;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T1;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.TIMEOUT_MS;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.U0;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.re2j.Pattern;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What administrators are told of transactions.
class ToldTransactionsTest {
    private final TransactionWorld world = new TransactionWorld().lead();

    private List<String> list(TransactionFilter filter) {
        var survey = Objects.requireNonNull(now(world.transactions.list(filter)));
        return survey.transactions().stream().map(TransactionSummary::transactionalId).toList();
    }

    @Test
    void listsWhatIsAskedFor() {
        world.init();
        now(world.init("refunds", -1, -1));
        world.add(100, 0, T0);
        world.env.time.advance(5_000);
        assertEquals(List.of(ID, "refunds"), list(TransactionFilter.ALL));
        assertEquals(List.of(ID), list(filter(Set.of(100L), Set.of(), -1, null)));
        assertEquals(List.of("refunds"), list(filter(Set.of(), Set.of("Empty"), -1, null)));
        assertEquals(List.of(), list(filter(Set.of(), Set.of("Dead"), -1, null)));
        assertEquals(List.of(ID, "refunds"), list(filter(Set.of(), Set.of(), 4_999, null)));
        assertEquals(List.of("refunds"), list(filter(Set.of(), Set.of(), 5_000, null)));
        assertEquals(List.of("refunds"), list(filter(Set.of(), Set.of(), -1, "re.*s")));
        assertEquals(List.of(), list(filter(Set.of(), Set.of(), -1, "re")));
    }

    private static TransactionFilter filter(
            Set<Long> ids, Set<String> states, long openForMs, @Nullable String pattern) {
        return new TransactionFilter(
                ids, states, openForMs, pattern == null ? null : Pattern.compile(pattern));
    }

    @Test
    void describes() {
        world.init();
        world.add(100, 0, T0, U0, T1);
        var described = Objects.requireNonNull(now(world.transactions.describe(ID)));
        assertEquals("Ongoing", described.transactionState());
        assertEquals(100, described.producerId());
        assertEquals(TIMEOUT_MS, described.transactionTimeoutMs());
        assertEquals(world.env.time.wallMs(), described.transactionStartTimeMs());
        assertEquals(List.of(0, 1), described.topics().find("t").partitions());
        assertEquals(List.of(0), described.topics().find("u").partitions());
        assertEquals(
                Errors.TRANSACTIONAL_ID_NOT_FOUND.code(),
                Objects.requireNonNull(now(world.transactions.describe("nope"))).errorCode());
        assertEquals(
                Errors.INVALID_REQUEST.code(),
                Objects.requireNonNull(now(world.transactions.describe(""))).errorCode());
    }

    @Test
    void remembersWhoAsked() {
        world.init();
        var survey = Objects.requireNonNull(now(world.transactions.list(TransactionFilter.ALL)));
        assertEquals(TransactionWorld.CLIENT, survey.transactions().getFirst().client());
        world.crash();
        survey = Objects.requireNonNull(now(world.transactions.list(TransactionFilter.ALL)));
        assertNull(survey.transactions().getFirst().client(), "it is not written down");
    }

    @Test
    void whatIsLedElsewhereIsNotOurs() {
        world.transactions.resign(0, Integer.MAX_VALUE);
        assertEquals("NOT_COORDINATOR", world.init());
        assertEquals("NOT_COORDINATOR", world.add(100, 0, new TopicPartition("t", 0)));
        assertEquals(List.of(), list(TransactionFilter.ALL));
    }
}
