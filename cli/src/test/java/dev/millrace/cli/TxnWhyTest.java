package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.OpenTransaction;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What holds readers back, in words.
class TxnWhyTest {
    private static final long NOW_MS = 1_000_000;
    private static final TopicPartition PARTITION = new TopicPartition("orders", 3);

    private final Recorded recorded = new Recorded();

    private static OpenTransaction open(
            long startOffset,
            @Nullable TransactionDescription description,
            @Nullable String client) {
        var producer =
                new ProducerState(
                        7, 4, 12, NOW_MS - 90_000, OptionalInt.of(2), OptionalLong.of(startOffset));
        String id = description == null ? null : "billing-1";
        return new OpenTransaction(PARTITION, producer, id, description, client);
    }

    private static TransactionDescription description(
            TransactionState state, Set<TopicPartition> partitions) {
        return new TransactionDescription(
                1, state, 7, 4, 60_000, OptionalLong.of(NOW_MS - 200_000), partitions);
    }

    private String printed(OutputForm form, OpenTransaction... open) {
        new TxnWhy(recorded.terminal, InstantSource.fixed(Instant.ofEpochMilli(NOW_MS)))
                .print(PARTITION, List.of(open), form);
        return recorded.out();
    }

    @Test
    void nothingIsOpen() {
        assertEquals(
                "no transaction is open in orders-3: nothing holds readers back\n",
                printed(OutputForm.text));
    }

    @Test
    void whoHoldsThemBackAndWhatEndsIt() {
        var ongoing = description(TransactionState.ONGOING, Set.of(PARTITION));
        assertEquals(
                """
                readers of committed records stop at offset 1042 of orders-3, for 2 open transactions, the oldest first
                  FROM OFFSET  TRANSACTIONAL ID  STATE    OPEN FOR    PRODUCER  EPOCH  CLIENT
                         1042  billing-1         Ongoing  3 min 20 s         7      4  billing at 10.0.0.7
                         1050  -                 hanging  1 min 30 s         7      4
                it ends when its producer ends it, or after its time-out; at once: `millrace txn abort billing-1`
                no coordinator will end what hangs: `millrace txn abort --partition orders:3 --start-offset 1050` does
                """,
                printed(
                        OutputForm.text,
                        open(1042, ongoing, "billing at 10.0.0.7"),
                        open(1050, null, null)));
    }

    @Test
    void whatIsDecidedIsWaitedFor() {
        var decided = description(TransactionState.PREPARE_COMMIT, Set.of(PARTITION));
        assertEquals(
                "billing-1 is decided, and its marker is on its way: ask again",
                TxnWhy.advice(open(1042, decided, null)));
    }

    @Test
    void aTransactionThatDoesNotKnowThePartitionHangsInIt() {
        var elsewhere = description(TransactionState.ONGOING, Set.of(new TopicPartition("t", 0)));
        assertEquals("hanging", open(1042, elsewhere, null).state());
    }

    @Test
    void asJson() {
        assertEquals(
                "{\"topic\":\"orders\",\"partition\":3,\"open\":[{\"startOffset\":5,\"producerId\":7,\"producerEpoch\":4,"
                        + "\"state\":\"hanging\",\"openMs\":90000,\"advice\":\"no coordinator will end what hangs: `millrace txn abort"
                        + " --partition orders:3 --start-offset 5` does\"}]}\n",
                printed(OutputForm.json, open(5, null, null)));
    }

    @Test
    void aPartitionIsTopicAndNumber() {
        assertEquals(new TopicPartition("a.b:c", 12), TxnCommand.partition("a.b:c:12"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"orders", "orders:", ":3", "orders:-1", "orders:x"})
    void otherThingsAreNoPartition(String text) {
        assertThrows(CommandFailed.class, () -> TxnCommand.partition(text));
    }
}
