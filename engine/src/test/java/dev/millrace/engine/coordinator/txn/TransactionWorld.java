package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.ManualEnv;
import dev.millrace.engine.coordinator.MemoryLog;
import dev.millrace.engine.log.RecordBatchWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// One coordinator on one partition of `__transaction_state`, and partitions that do with markers what the test says.
final class TransactionWorld {
    static final String ID = "transfers";
    static final Client CLIENT = new Client("client", "10.0.0.1");
    static final int TIMEOUT_MS = 60_000;
    static final TopicPartition T0 = new TopicPartition("t", 0);
    static final TopicPartition T1 = new TopicPartition("t", 1);
    static final TopicPartition U0 = new TopicPartition("u", 0);
    static final short NO_EPOCH = -1;

    /// The first producer id that is given out.
    static final long FIRST_ID = 100;

    final ManualEnv env;
    final MemoryLog log = new MemoryLog();
    final Transactions transactions;

    /// Markers that nobody has answered, in the order in which they were sent.
    final List<Sent> sent = new ArrayList<>();

    TransactionVersion version = TransactionVersion.TV_2;

    /// What becomes of markers; null: the test answers them itself.
    Markers.@Nullable Fate fate = Markers.Fate.WRITTEN;

    /// Sees markers when they leave.
    Consumer<Marker> leaving = _ -> {};

    boolean outOfIds;
    private long nextId = FIRST_ID;

    /// A marker under way to one partition.
    record Sent(Marker marker, TopicPartition partition, Markers.Answer answer) {
        void tell(Markers.Fate what) {
            answer.tell(partition, what);
        }
    }

    TransactionWorld() {
        this(1, TransactionConfig.DEFAULTS);
    }

    TransactionWorld(long seed, TransactionConfig config) {
        env = new ManualEnv(seed);
        transactions =
                new Transactions(env, config, () -> 1, () -> version, this::newId, this::send);
    }

    /// A world whose log holds the state.
    static TransactionWorld at(TransactionState state) {
        var world = new TransactionWorld();
        world.fate = null;
        world.write(state);
        return world.lead();
    }

    TransactionWorld lead() {
        transactions.lead(0, log.lead());
        return this;
    }

    /// Somebody who led before us has written.
    void write(TransactionState state) {
        write(ID, state);
    }

    void write(String id, TransactionState state) {
        var messages =
                new TransactionRecordFormat(() -> version)
                        .write(new TransactionRecord.Stored(id, state));
        var batch = new RecordBatchWriter();
        batch.begin(1);
        batch.add(messages.key(), messages.value(), Integer.MAX_VALUE);
        MemoryRecords records = batch.end();
        log.write(records);
    }

    /// The coordinator goes down and comes back: whatever was not committed is lost, and every marker under way is too late.
    void crash() {
        int epoch = log.leaderEpoch();
        log.lose();
        transactions.resign(0, epoch);
        sent.clear();
        lead();
    }

    /// The same, when the coordinator hears of it before its log does.
    void resign() {
        transactions.resign(0, log.leaderEpoch());
        log.lose();
        sent.clear();
        lead();
    }

    private CompletionStage<Long> newId() {
        return outOfIds
                ? CompletableFuture.failedFuture(Errors.COORDINATOR_LOAD_IN_PROGRESS.exception())
                : CompletableFuture.completedFuture(nextId++);
    }

    private void send(Marker marker, Collection<TopicPartition> partitions, Markers.Answer answer) {
        leaving.accept(marker);
        for (TopicPartition partition : partitions) {
            if (fate == null) {
                sent.add(new Sent(marker, partition, answer));
            } else {
                answer.tell(partition, fate);
            }
        }
    }

    /// Answers what is under way.
    void answerMarkers(Markers.Fate what) {
        List<Sent> now = List.copyOf(sent);
        sent.clear();
        now.forEach(each -> each.tell(what));
    }

    static <T> @Nullable T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().getNow(null);
    }

    TransactionState state() {
        TransactionState state = state(ID);
        if (state == null) {
            throw new AssertionError("no transactional id");
        }
        return state;
    }

    @Nullable TransactionState state(String id) {
        Transaction found = shard().find(id);
        return found == null ? null : found.state();
    }

    TransactionShard shard() {
        TransactionShard shard = transactions.shardOrNull(0);
        if (shard == null) {
            throw new AssertionError("not loaded");
        }
        return shard;
    }

    boolean knows(String id) {
        return shard().find(id) != null;
    }

    // ---- what clients send; answers as text, "?" while there is none

    CompletionStage<ProducerAnswer> init(String id, long expectedId, int expectedEpoch) {
        return transactions.initProducerId(
                new InitProducerIdRequestData()
                        .setTransactionalId(id)
                        .setTransactionTimeoutMs(TIMEOUT_MS)
                        .setProducerId(expectedId)
                        .setProducerEpoch((short) expectedEpoch),
                CLIENT);
    }

    String init() {
        return text(init(ID, -1, -1));
    }

    String init(long expectedId, int expectedEpoch) {
        return text(init(ID, expectedId, expectedEpoch));
    }

    CompletionStage<Errors> adding(
            long producerId, int epoch, TransactionVersion by, TopicPartition... partitions) {
        return transactions.add(ID, producerId, (short) epoch, List.of(partitions), by, CLIENT);
    }

    String add(long producerId, int epoch, TopicPartition... partitions) {
        Errors error = now(adding(producerId, epoch, TransactionVersion.TV_2, partitions));
        return error == null ? "?" : error.name();
    }

    String verify(long producerId, int epoch, TopicPartition... partitions) {
        Map<TopicPartition, Errors> answer =
                now(transactions.verify(ID, producerId, (short) epoch, List.of(partitions)));
        Set<Errors> errors = answer == null ? Set.of() : new LinkedHashSet<>(answer.values());
        return errors.isEmpty() ? "?" : errors.iterator().next().name();
    }

    CompletionStage<ProducerAnswer> ending(
            TransactionVersion by, long producerId, int epoch, TransactionResult result) {
        return transactions.end(
                new EndTxnRequestData()
                        .setTransactionalId(ID)
                        .setProducerId(producerId)
                        .setProducerEpoch((short) epoch)
                        .setCommitted(result == TransactionResult.COMMIT),
                by,
                CLIENT);
    }

    String commit(long producerId, int epoch) {
        return text(ending(TransactionVersion.TV_2, producerId, epoch, TransactionResult.COMMIT));
    }

    String abort(long producerId, int epoch) {
        return text(ending(TransactionVersion.TV_2, producerId, epoch, TransactionResult.ABORT));
    }

    static String text(CompletionStage<ProducerAnswer> stage) {
        ProducerAnswer answer = now(stage);
        return switch (answer) {
            case null -> "?";
            case ProducerAnswer.Granted(long id, short epoch) -> id + "/" + epoch;
            case ProducerAnswer.Refused(Errors error) -> error.name();
            case ProducerAnswer.NeedsProducerId() -> "no id";
        };
    }
}
