package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Which transactional batches and markers a log takes, with Kafka's error for the others.
class TransactionRulesTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;
    private static final long ID = 7;

    private final ManualEnv env = new ManualEnv(NOW, 1);
    private final HeapStorage disk = new HeapStorage();
    private Log log = open(Map.of());

    TransactionRulesTest() throws IOException {}

    private Log open(Map<String, String> settings) throws IOException {
        return Log.open(env, disk, NAME, LogSettings.from(settings), OpenMode.CLEAN);
    }

    private static MemoryRecords batch(int epoch, int sequence) {
        return Batches.plain().producer(ID, epoch, sequence).transactional().of(NOW, "v");
    }

    private VerificationGuard guard(int epoch, int sequence, boolean adds) {
        var needed =
                assertInstanceOf(
                        Verification.Needed.class,
                        log.verification(ID, (short) epoch, sequence, adds));
        return needed.guard();
    }

    /// Opens a transaction.
    private void begin(int epoch) throws IOException {
        taken(log.append(batch(epoch, 0), 0, Origin.TRANSACTIONAL_CLIENT, guard(epoch, 0, false)));
    }

    private AppendResult marker(int epoch, int coordinatorEpoch, boolean commit, int version)
            throws IOException {
        return log.append(
                new TransactionMarker(ID, (short) epoch, coordinatorEpoch, commit, version), 0);
    }

    private static void taken(AppendResult result) {
        assertInstanceOf(AppendResult.Appended.class, result, result::toString);
    }

    private static void refused(Errors error, AppendResult result) {
        var refused = assertInstanceOf(AppendResult.Refused.class, result, result::toString);
        assertEquals(error, refused.error());
    }

    /// @param open a transaction is open, at epoch 5
    record Marker(
            String name, boolean open, int epoch, int coordinatorEpoch, int version, Errors want) {
        @Override
        public String toString() {
            return name;
        }
    }

    /// The last marker seen was of coordinator epoch 3, the last producer epoch is 5.
    static Stream<Marker> markers() {
        Errors none = Errors.NONE;
        Errors epoch = Errors.INVALID_PRODUCER_EPOCH;
        Errors fenced = Errors.TRANSACTION_COORDINATOR_FENCED;
        return Stream.of(
                new Marker("v1, of the transaction's epoch", true, 5, 3, 1, none),
                new Marker("v1, again", false, 5, 3, 1, none),
                new Marker("v1, newer: a fencing", true, 6, 3, 1, none),
                new Marker("v1, older", true, 4, 3, 1, epoch),
                new Marker("v0, as v1", true, 5, 3, 0, none),
                new Marker("v2, the next epoch", true, 6, 3, 2, none),
                new Marker("v2, late, of the transaction before", true, 5, 3, 2, epoch),
                new Marker("v2, again", false, 5, 3, 2, none),
                new Marker("v2, older", false, 4, 3, 2, epoch),
                new Marker("newer coordinator", true, 5, 4, 1, none),
                new Marker("older coordinator", true, 5, 2, 1, fenced),
                new Marker("v2, older coordinator", true, 6, 2, 2, fenced),
                new Marker("both old: the producer is told first", true, 4, 2, 1, epoch));
    }

    @ParameterizedTest
    @MethodSource
    void markers(Marker m) throws IOException {
        begin(4);
        taken(marker(5, 3, true, 2));
        if (m.open) {
            begin(5);
        }
        AppendResult result = marker(m.epoch, m.coordinatorEpoch, true, m.version);
        if (m.want == Errors.NONE) {
            taken(result);
            log.highWatermark(log.logEnd());
            assertEquals(Long.MAX_VALUE, log.firstUnstableOffset());
        } else {
            refused(m.want, result);
        }
    }

    @Test
    void theLastEpochThatThereIsEndsItself() throws IOException {
        begin(Short.MAX_VALUE);
        taken(marker(Short.MAX_VALUE, 0, true, 2));
    }

    @Test
    void aFirstBatchNeedsTheGuardThatWasGivenOut() throws IOException {
        refused(Errors.INVALID_TXN_STATE, log.append(batch(0, 0), 0, Origin.TRANSACTIONAL_CLIENT));
        VerificationGuard guard = guard(0, 0, false);
        assertSame(guard, guard(0, 0, false), "one for each producer");
        refused(Errors.INVALID_TXN_STATE, log.append(batch(0, 0), 0, Origin.TRANSACTIONAL_CLIENT));
        taken(log.append(batch(0, 0), 0, Origin.TRANSACTIONAL_CLIENT, guard));
        assertInstanceOf(
                Verification.Ongoing.class, log.verification(ID, (short) 0, 1, false), "open now");
        taken(log.append(batch(0, 1), 0, Origin.TRANSACTIONAL_CLIENT));
        taken(marker(0, 0, false, 1));
        refused(Errors.INVALID_TXN_STATE, log.append(batch(0, 2), 0, Origin.TRANSACTIONAL_CLIENT));
        assertEquals(3, log.logEnd());
    }

    @Test
    void aMarkerTakesTheGuardAway() throws IOException {
        VerificationGuard guard = guard(0, 0, false);
        taken(marker(0, 0, false, 1));
        assertNotSame(guard, guard(0, 0, false));
        refused(
                Errors.INVALID_TXN_STATE,
                log.append(batch(0, 0), 0, Origin.TRANSACTIONAL_CLIENT, guard));
    }

    @Test
    void aMarkerLeavesTheGuardOfTheNextTransaction() throws IOException {
        begin(0);
        VerificationGuard next = guard(1, 0, true);
        taken(marker(1, 0, true, 2)); // ends the one of epoch 0
        taken(log.append(batch(1, 0), 0, Origin.TRANSACTIONAL_CLIENT, next));
    }

    @Test
    void aNewLeaderVerifiesAnew() throws IOException {
        VerificationGuard guard = guard(0, 0, false);
        log.assignEpoch(1);
        refused(
                Errors.INVALID_TXN_STATE,
                log.append(batch(0, 0), 1, Origin.TRANSACTIONAL_CLIENT, guard));
    }

    @Test
    void guardsExpireWithProducers() throws IOException {
        VerificationGuard guard = guard(0, 0, false);
        env.advance(86_400_000);
        log.expireProducers(86_400_000);
        refused(
                Errors.INVALID_TXN_STATE,
                log.append(batch(0, 0), 0, Origin.TRANSACTIONAL_CLIENT, guard));
    }

    @Test
    void guardsAreBounded() {
        var guards = new VerificationGuards();
        for (int i = 0; i < 20_000; i++) {
            guards.take(i, (short) 0, 0, false, NOW);
        }
        assertEquals(10_000, guards.size());
    }

    @Test
    void anOlderEpochIsFencedBeforeAnybodyIsAsked() throws IOException {
        begin(4);
        var old =
                assertInstanceOf(
                        Verification.Refused.class, log.verification(ID, (short) 3, 0, false));
        assertEquals(Errors.INVALID_PRODUCER_EPOCH, old.error());
        refused(
                Errors.INVALID_PRODUCER_EPOCH,
                log.append(batch(3, 0), 0, Origin.TRANSACTIONAL_CLIENT));
    }

    @Test
    void aNewerEpochIsVerifiedEvenWhileATransactionIsOpen() throws IOException {
        begin(4);
        refused(Errors.INVALID_TXN_STATE, log.append(batch(5, 0), 0, Origin.TRANSACTIONAL_CLIENT));
        taken(log.append(batch(5, 0), 0, Origin.TRANSACTIONAL_CLIENT, guard(5, 0, false)));
    }

    @Test
    void whatWaitsIsAppendedInOrder() throws IOException {
        VerificationGuard guard = guard(0, 4, false);
        guard(0, 3, false);
        refused(
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                log.append(batch(0, 4), 0, Origin.TRANSACTIONAL_CLIENT, guard));
        taken(log.append(batch(0, 3), 0, Origin.TRANSACTIONAL_CLIENT, guard));
        taken(log.append(batch(0, 4), 0, Origin.TRANSACTIONAL_CLIENT, guard));
    }

    @Test
    void inVersion2AProducerThatIsNotKnownBeginsAtZero() throws IOException {
        VerificationGuard guard = guard(0, 3, true);
        refused(
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                log.append(batch(0, 3), 0, Origin.TRANSACTIONAL_CLIENT, guard));
        guard(0, 0, true);
        taken(log.append(batch(0, 0), 0, Origin.TRANSACTIONAL_CLIENT, guard));
    }

    @Test
    void anOpenTransactionTakesNothingElseOfItsProducer() throws IOException {
        begin(0);
        var plain = Batches.plain().producer(ID, 0, 1).of(NOW, "v");
        refused(Errors.INVALID_TXN_STATE, log.append(plain, 0, Origin.TRANSACTIONAL_CLIENT));
    }

    @Test
    void aRetryIsAnsweredWithoutAGuard() throws IOException {
        begin(0);
        taken(marker(0, 0, true, 1));
        assertEquals(
                new AppendResult.Duplicate(0, 0, NOW),
                log.append(batch(0, 0), 0, Origin.TRANSACTIONAL_CLIENT));
    }

    @Test
    void withoutVerificationNoGuardIsNeeded() throws IOException {
        log = open(Map.of("transaction.partition.verification.enable", "false"));
        taken(log.append(batch(0, 0), 0, Origin.TRANSACTIONAL_CLIENT));
        assertEquals(0, log.firstUnstableOffset());
    }

    @Test
    void theStableOffsetDoesNotFallBelowTheLogStart() throws IOException {
        begin(0);
        taken(log.append(batch(0, 1), 0, Origin.TRANSACTIONAL_CLIENT));
        log.raiseLogStart(1);
        assertEquals(1, log.firstUnstableOffset());
        taken(marker(0, 0, false, 1));
        log.highWatermark(3);
        assertEquals(List.of(new AbortedTransaction(ID, 0, 2, 3)), log.abortedTransactions(1, 3));
    }

    @Test
    void whatNobodyAbortedCostsNoFile() throws IOException {
        begin(0);
        taken(marker(0, 0, true, 1));
        assertEquals(List.of(), log.abortedTransactions(0, 2));
        int opened = disk.opened();
        assertEquals(List.of(), log.abortedTransactions(0, 2));
        assertEquals(opened, disk.opened());
        assertTrue(disk.files().stream().noneMatch(f -> f.endsWith(LogFiles.TXN_INDEX)));
    }

    @Test
    void openTransactionsSurviveARestart() throws IOException {
        begin(0);
        log.close();
        log = open(Map.of());
        assertEquals(0, log.firstUnstableOffset());
        taken(log.append(batch(0, 1), 0, Origin.TRANSACTIONAL_CLIENT));
        taken(marker(0, 0, false, 1));
        assertEquals(List.of(new AbortedTransaction(ID, 0, 2, 3)), log.abortedTransactions(0, 1));
        log.close();
        log = open(Map.of());
        assertEquals(List.of(new AbortedTransaction(ID, 0, 2, 3)), log.abortedTransactions(0, 1));
        assertEquals(List.of(), log.abortedTransactions(3, 4));
    }

    @Test
    void aFollowerKeepsTheSameIndex() throws IOException {
        var other = new HeapStorage();
        Log follower = Log.open(env, other, NAME, LogSettings.DEFAULTS, OpenMode.CLEAN);
        begin(0);
        taken(marker(0, 0, false, 1));
        var all = (ReadResult.Found) log.read(0, 2, 1000, true);
        taken(follower.appendAsFollower(all.records().load()));
        assertEquals(log.abortedTransactions(0, 2), follower.abortedTransactions(0, 2));
        assertEquals(
                List.of(new AbortedTransaction(ID, 0, 1, 2)), follower.abortedTransactions(0, 2));
    }
}
