package dev.millrace.engine.coordinator.txn;

import static dev.millrace.engine.coordinator.txn.TransactionWorld.T0;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T1;
import static org.apache.kafka.common.requests.TransactionResult.ABORT;
import static org.apache.kafka.common.requests.TransactionResult.COMMIT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.coordinator.txn.TransactionState.Completed;
import dev.millrace.engine.coordinator.txn.TransactionState.Empty;
import dev.millrace.engine.coordinator.txn.TransactionState.Ongoing;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every request against every state, as Kafka answers it. The producer is 10 in epoch 5, before it was 9; partition t-0 is in the
/// transaction. `?` is an answer that waits for the transaction to be complete. Abbreviated: `mapping` is INVALID_PRODUCER_ID_MAPPING,
/// `fenced` PRODUCER_FENCED, `state` INVALID_TXN_STATE, `concurrent` CONCURRENT_TRANSACTIONS, `abortable` TRANSACTION_ABORTABLE.
class TransactionRulesTest {
    private static final String INIT =
            """
            InitProducerId | no id  | 10/5   | 10/4   | 11/5   | 9/32766
            none           | 100/0  | 100/0  | 100/0  | 100/0  | 100/0
            empty          | 10/6   | 10/6   | fenced | fenced | fenced
            ongoing        | ?      | ?      | ?      | fenced | fenced
            prepare-commit | ?      | ?      | ?      | fenced | fenced
            prepare-abort  | ?      | ?      | ?      | fenced | fenced
            commit         | 10/6   | 10/6   | fenced | fenced | fenced
            abort          | 10/6   | 10/6   | fenced | fenced | fenced
            exhausted      | 100/0  | fenced | fenced | fenced | 100/0
            """;

    private static final String ADD =
            """
            AddPartitions  | t-0 10/5 | t-1 10/5 | t-0 10/4 | t-0 10/6 | t-0 11/5
            none           | mapping  | mapping  | mapping  | mapping  | mapping
            empty          | NONE     | NONE     | fenced   | fenced   | mapping
            ongoing        | NONE     | NONE     | fenced   | fenced   | mapping
            prepare-commit | ?        | ?        | fenced   | fenced   | mapping
            prepare-abort  | ?        | ?        | fenced   | fenced   | mapping
            commit         | NONE     | NONE     | fenced   | fenced   | mapping
            abort          | NONE     | NONE     | fenced   | fenced   | mapping
            """;

    private static final String VERIFY =
            """
            VerifyOnly     | t-0 10/5   | t-1 10/5   | t-0 10/4 | t-0 10/6 | t-0 11/5
            none           | mapping    | mapping    | mapping  | mapping  | mapping
            empty          | abortable  | abortable  | fenced   | fenced   | mapping
            ongoing        | NONE       | abortable  | fenced   | fenced   | mapping
            prepare-commit | concurrent | concurrent | fenced   | fenced   | mapping
            prepare-abort  | concurrent | concurrent | fenced   | fenced   | mapping
            commit         | abortable  | abortable  | fenced   | fenced   | mapping
            abort          | abortable  | abortable  | fenced   | fenced   | mapping
            """;

    private static final String END_IN_EPOCH =
            """
            EndTxn v4      | commit 10/5 | abort 10/5 | commit 10/4 | abort 10/4 | commit 10/6 | commit 11/5
            none           | mapping     | mapping    | mapping     | mapping    | mapping     | mapping
            empty          | state       | state      | fenced      | fenced     | fenced      | mapping
            ongoing        | 10/5        | 10/5       | fenced      | fenced     | fenced      | mapping
            prepare-commit | concurrent  | state      | fenced      | fenced     | fenced      | mapping
            prepare-abort  | state       | concurrent | fenced      | fenced     | fenced      | mapping
            commit         | 10/5        | state      | fenced      | fenced     | fenced      | mapping
            abort          | state       | 10/5       | fenced      | fenced     | fenced      | mapping
            """;

    private static final String END_WITH_NEW_EPOCH =
            """
            EndTxn v5      | commit 10/5 | abort 10/5 | commit 10/4 | abort 10/4 | commit 10/6 | commit 11/5
            none           | mapping     | mapping    | mapping     | mapping    | mapping     | mapping
            empty          | state       | 10/6       | fenced      | fenced     | fenced      | mapping
            ongoing        | 10/6        | 10/6       | fenced      | fenced     | fenced      | mapping
            prepare-commit | fenced      | fenced     | concurrent  | state      | fenced      | mapping
            prepare-abort  | fenced      | fenced     | state       | concurrent | fenced      | mapping
            commit         | state       | 10/6       | 10/5        | state      | fenced      | mapping
            abort          | state       | 10/6       | state       | 10/5       | fenced      | mapping
            """;

    record Case(String api, String state, String request, String answer) {
        @Override
        public String toString() {
            return api + ", " + state + ", " + request;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(INIT, ADD, VERIFY, END_IN_EPOCH, END_WITH_NEW_EPOCH)
                .flatMap(table -> cases(table).stream());
    }

    private static List<Case> cases(String table) {
        List<String[]> rows =
                table.lines()
                        .map(line -> Arrays.stream(line.split("\\|", -1)).map(String::strip))
                        .map(cells -> cells.toArray(String[]::new))
                        .toList();
        var cases = new ArrayList<Case>();
        String[] head = rows.getFirst();
        for (String[] row : rows.subList(1, rows.size())) {
            for (int i = 1; i < row.length; i++) {
                cases.add(new Case(head[0], row[0], head[i], row[i]));
            }
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void answersAsKafka(Case c) {
        TransactionState state = state(c.state, c.api.equals("EndTxn v5"));
        var world = state == null ? new TransactionWorld().lead() : TransactionWorld.at(state);
        assertEquals(c.answer, abbreviated(ask(world, c.api, c.request)));
    }

    private static String ask(TransactionWorld world, String api, String request) {
        String[] words = request.split(" ", -1);
        String[] producer = words[words.length - 1].split("/", -1);
        if (producer.length == 1) {
            return world.init();
        }
        long id = Long.parseLong(producer[0]);
        int epoch = Integer.parseInt(producer[1]);
        TopicPartition partition = words[0].equals("t-1") ? T1 : T0;
        var result = words[0].equals("commit") ? COMMIT : ABORT;
        return switch (api) {
            case "InitProducerId" -> world.init(id, epoch);
            case "AddPartitions" -> world.add(id, epoch, partition);
            case "VerifyOnly" -> world.verify(id, epoch, partition);
            case "EndTxn v4" ->
                    TransactionWorld.text(world.ending(TransactionVersion.TV_0, id, epoch, result));
            default ->
                    TransactionWorld.text(world.ending(TransactionVersion.TV_2, id, epoch, result));
        };
    }

    private static @Nullable TransactionState state(String name, boolean newEpochs) {
        var producer = new Producer(10, 9, (short) 5, (short) -1, TransactionWorld.TIMEOUT_MS);
        var by = newEpochs ? TransactionVersion.TV_2 : TransactionVersion.TV_0;
        long nowMs = 999_000;
        return switch (name) {
            case "none" -> null;
            case "empty" -> new Empty(producer, by, nowMs);
            case "exhausted" ->
                    new Empty(
                            new Producer(10, 9, (short) (Short.MAX_VALUE - 1), (short) -1, 60_000),
                            by,
                            nowMs);
            case "ongoing" -> new Ongoing(producer, by, nowMs, nowMs, inTransaction());
            case "prepare-commit" ->
                    new Prepared(COMMIT, producer, -1, by, nowMs, nowMs, inTransaction());
            case "prepare-abort" ->
                    new Prepared(ABORT, producer, -1, by, nowMs, nowMs, inTransaction());
            case "commit" -> new Completed(COMMIT, producer, by, nowMs, nowMs);
            case "abort" -> new Completed(ABORT, producer, by, nowMs, nowMs);
            default -> throw new AssertionError(name);
        };
    }

    private static SequencedSet<TopicPartition> inTransaction() {
        return Collections.unmodifiableSequencedSet(new LinkedHashSet<>(List.of(T0)));
    }

    private static String abbreviated(String answer) {
        return switch (answer) {
            case "INVALID_PRODUCER_ID_MAPPING" -> "mapping";
            case "PRODUCER_FENCED" -> "fenced";
            case "INVALID_TXN_STATE" -> "state";
            case "CONCURRENT_TRANSACTIONS" -> "concurrent";
            case "TRANSACTION_ABORTABLE" -> "abortable";
            default -> answer;
        };
    }
}
