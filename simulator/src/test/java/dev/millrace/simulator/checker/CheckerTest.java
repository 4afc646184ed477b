package dev.millrace.simulator.checker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.simulator.checker.Anomaly.Kind;
import dev.millrace.simulator.checker.Operation.Access;
import dev.millrace.simulator.checker.Operation.Access.Committed;
import dev.millrace.simulator.checker.Operation.Access.CommittedSeen;
import dev.millrace.simulator.checker.Operation.Access.EndSeen;
import dev.millrace.simulator.checker.Operation.Access.Polled;
import dev.millrace.simulator.checker.Operation.Access.Sent;
import dev.millrace.simulator.checker.Operation.Outcome;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckerTest {
    private static final TopicPartition P = new TopicPartition("t", 0);
    private static final TopicPartition Q = new TopicPartition("t", 1);

    /// Histories are written down in the order of their operations; each takes one unit of time, after the one before it.
    record Case(String name, Set<Kind> anomalies, List<Operation> history) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case sound(String name, Operation... history) {
        return new Case(name, EnumSet.noneOf(Kind.class), inTurn(history));
    }

    private static Case broken(String name, Kind anomaly, Operation... history) {
        return new Case(name, EnumSet.of(anomaly), inTurn(history));
    }

    private static List<Operation> inTurn(Operation... history) {
        var timed = new ArrayList<Operation>();
        for (Operation o : history) {
            long at = 10L * timed.size();
            timed.add(new Operation(o.process(), o.kind(), o.outcome(), at, at + 5, o.accesses()));
        }
        return timed;
    }

    private static Operation op(
            int process, Operation.Kind kind, Outcome outcome, Access... accesses) {
        return new Operation(process, kind, outcome, 0, 0, List.of(accesses));
    }

    private static Operation send(int process, Outcome outcome, Access... sent) {
        return op(process, Operation.Kind.SEND, outcome, sent);
    }

    private static Operation sent(long value, long offset) {
        return send(1, Outcome.OK, new Sent(P, value, offset));
    }

    private static Operation transaction(int process, Outcome outcome, Access... accesses) {
        return op(process, Operation.Kind.TRANSACTION, outcome, accesses);
    }

    private static Operation poll(int process, Access... polled) {
        return op(process, Operation.Kind.POLL, Outcome.OK, polled);
    }

    private static Operation assign(int process) {
        return op(process, Operation.Kind.ASSIGN, Outcome.OK);
    }

    private static Operation subscribe(int process) {
        return op(process, Operation.Kind.SUBSCRIBE, Outcome.OK);
    }

    private static Operation commit(Outcome outcome, long offset) {
        return op(1, Operation.Kind.COMMIT_OFFSETS, outcome, new Committed("g", P, offset));
    }

    private static Operation committed(long offset) {
        return op(2, Operation.Kind.FETCH_OFFSETS, Outcome.OK, new CommittedSeen("g", P, offset));
    }

    private static Operation end(long offset) {
        return op(2, Operation.Kind.LIST_OFFSETS, Outcome.OK, new EndSeen(P, offset));
    }

    private static Polled at(long offset, long value) {
        return new Polled(P, offset, value);
    }

    static Stream<Case> cases() {
        return Stream.of(
                sound(
                        "everything read in order",
                        assign(9),
                        sent(10, 0),
                        sent(11, 1),
                        poll(9, at(0, 10)),
                        poll(9, at(1, 11))),
                sound(
                        "offsets may have gaps",
                        sent(10, 0),
                        sent(11, 5),
                        poll(9, at(0, 10), at(5, 11))),
                broken(
                        "an acknowledgement names another offset than a poll",
                        Kind.A1_INCONSISTENT_OFFSETS,
                        sent(10, 0),
                        send(2, Outcome.UNKNOWN, new Sent(P, 11, -1), new Sent(P, 12, -1)),
                        poll(9, at(0, 10), at(1, 12)),
                        poll(8, at(0, 10), at(1, 11))),
                broken(
                        "a value twice",
                        Kind.A2_DUPLICATE,
                        sent(10, 0),
                        poll(9, at(0, 10), at(1, 10))),
                broken(
                        "a value that nobody sent",
                        Kind.STRAY,
                        sent(10, 0),
                        poll(9, at(0, 10), at(1, 11))),
                broken(
                        "a value in another partition than it was sent to",
                        Kind.STRAY,
                        send(1, Outcome.UNKNOWN, new Sent(Q, 10, -1)),
                        poll(9, at(0, 10))),
                broken(
                        "readers have passed an acknowledged value",
                        Kind.A3_LOST_WRITE,
                        sent(10, 0),
                        sent(11, 1),
                        poll(9, at(1, 11))),
                broken(
                        "nobody has read an acknowledged value by the end",
                        Kind.A4_UNSEEN,
                        sent(10, 0),
                        sent(11, 1),
                        poll(9, at(0, 10))),
                sound(
                        "what was never acknowledged may be missing",
                        send(1, Outcome.UNKNOWN, new Sent(P, 10, -1)),
                        sent(11, 1),
                        poll(9, at(1, 11))),
                sound(
                        "and may be there",
                        send(1, Outcome.UNKNOWN, new Sent(P, 10, -1)),
                        poll(9, at(0, 10))),
                broken(
                        "a refused value is there",
                        Kind.A5_ABORTED_READ,
                        send(1, Outcome.FAILED, new Sent(P, 10, -1)),
                        poll(9, at(0, 10))),
                broken(
                        "a value of an aborted transaction is read",
                        Kind.A5_ABORTED_READ,
                        transaction(1, Outcome.FAILED, new Sent(P, 10, 0)),
                        poll(9, at(0, 10))),
                broken(
                        "a transaction reads what it writes",
                        Kind.A6_PRECOMMITTED_READ,
                        transaction(1, Outcome.OK, new Sent(P, 10, 0), at(0, 10))),
                broken(
                        "half of a transaction of unknown outcome is there",
                        Kind.A7_TORN_TRANSACTION,
                        transaction(1, Outcome.UNKNOWN, new Sent(P, 10, 0), new Sent(Q, 11, -1)),
                        poll(9, at(0, 10))),
                sound(
                        "none of it is there",
                        transaction(1, Outcome.UNKNOWN, new Sent(P, 10, 0), new Sent(Q, 11, -1)),
                        sent(12, 5),
                        poll(9, at(5, 12))),
                broken(
                        "two transactions read from each other",
                        Kind.A8_CIRCULAR_INFORMATION,
                        transaction(1, Outcome.OK, new Sent(P, 10, 0), new Polled(Q, 0, 11)),
                        transaction(2, Outcome.OK, new Sent(Q, 11, 0), at(0, 10))),
                sound(
                        "one reads from the other",
                        transaction(1, Outcome.OK, new Sent(P, 10, 0)),
                        transaction(2, Outcome.OK, new Sent(Q, 11, 0), at(0, 10)),
                        poll(9, new Polled(Q, 0, 11))),
                broken(
                        "one poll goes back",
                        Kind.A10_POLL_ORDER_WITHIN,
                        sent(10, 0),
                        sent(11, 1),
                        poll(9, at(1, 11), at(0, 10))),
                broken(
                        "one poll passes over what others read",
                        Kind.A10_POLL_ORDER_WITHIN,
                        sent(10, 0),
                        sent(11, 1),
                        sent(12, 2),
                        poll(9, at(0, 10), at(2, 12)),
                        poll(8, at(0, 10), at(1, 11), at(2, 12))),
                broken(
                        "a consumer passes over what others read",
                        Kind.A11_POLL_ORDER_ACROSS,
                        assign(9),
                        sent(10, 0),
                        sent(11, 1),
                        sent(12, 2),
                        poll(9, at(0, 10)),
                        poll(9, at(2, 12)),
                        poll(8, at(0, 10), at(1, 11), at(2, 12))),
                broken(
                        "a consumer goes back",
                        Kind.A11_POLL_ORDER_ACROSS,
                        assign(9),
                        sent(10, 0),
                        poll(9, at(0, 10)),
                        poll(9, at(0, 10))),
                sound(
                        "a subscribed consumer may",
                        subscribe(9),
                        sent(10, 0),
                        poll(9, at(0, 10)),
                        poll(9, at(0, 10))),
                sound(
                        "and so may one that assigns anew",
                        assign(9),
                        sent(10, 0),
                        poll(9, at(0, 10)),
                        assign(9),
                        poll(9, at(0, 10))),
                broken(
                        "records lie in another order than they were sent",
                        Kind.A12_SEND_ORDER,
                        send(1, Outcome.OK, new Sent(P, 10, 1), new Sent(P, 11, 0)),
                        poll(9, at(0, 11), at(1, 10))),
                sound("a group reads what it committed", commit(Outcome.OK, 5), committed(5)),
                sound("or what may have been", commit(Outcome.UNKNOWN, 5), committed(5)),
                sound("or nothing", commit(Outcome.UNKNOWN, 5), committed(-1)),
                broken(
                        "a committed offset is forgotten",
                        Kind.A14_COMMITTED_OFFSET,
                        commit(Outcome.OK, 5),
                        committed(-1)),
                broken(
                        "a committed offset goes back",
                        Kind.A14_COMMITTED_OFFSET,
                        commit(Outcome.OK, 5),
                        commit(Outcome.OK, 7),
                        committed(5)),
                broken(
                        "it goes back after one of unknown outcome was seen",
                        Kind.A14_COMMITTED_OFFSET,
                        commit(Outcome.OK, 5),
                        commit(Outcome.UNKNOWN, 7),
                        committed(7),
                        committed(5)),
                broken(
                        "an offset counts that an aborted transaction would have committed",
                        Kind.A14_COMMITTED_OFFSET,
                        transaction(1, Outcome.FAILED, new Committed("g", P, 9)),
                        committed(9)),
                sound("the end rises", sent(10, 0), end(1), poll(9, at(0, 10)), end(3)),
                broken(
                        "the end lies below what was acknowledged",
                        Kind.A15_LIST_OFFSETS,
                        sent(10, 4),
                        end(4),
                        poll(9, at(4, 10))),
                broken("the end goes back", Kind.A15_LIST_OFFSETS, end(4), end(3)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void findsWhatCannotHaveHappened(Case c) {
        List<Anomaly> found = Checker.check(c.history, Promises.ALL);
        assertEquals(
                c.anomalies,
                found.stream().map(Anomaly::kind).collect(Collectors.toSet()),
                found::toString);
    }

    @Test
    void whoPromisesLessIsHeldToLess() {
        var aborted =
                inTurn(
                        transaction(1, Outcome.FAILED, new Sent(P, 10, 0)),
                        sent(11, 1),
                        poll(9, at(0, 10), at(1, 11), at(2, 11)));
        assertEquals(List.of(), Checker.check(aborted, new Promises(false, false, true)));
    }

    @Test
    void countsTheOutputsOfEachInput() {
        assertEquals(List.of(), Checker.exactlyOnce(List.of(1L, 2L), List.of(2L, 1L)));
        var found = Checker.exactlyOnce(List.of(1L, 2L, 3L), List.of(1L, 1L, 3L, 4L));
        assertEquals(
                List.of("output 4 has no input", "input 1 has 2 outputs", "input 2 has 0 outputs"),
                found.stream().map(Anomaly::what).toList());
    }

    /// A log is made at random, and read; then one thing is changed in the history, and the checker must notice.
    @Test
    void aLongHistoryIsSoundUntilOneValueIsTakenAway() {
        var random = new Random(7);
        var history = new ArrayList<Operation>();
        var log = new ArrayList<Polled>();
        history.add(assign(9));
        for (int i = 0; i < 20_000; i++) {
            long offset = log.size() * 2L;
            log.add(at(offset, i));
            history.add(transaction(1 + random.nextInt(5), Outcome.OK, new Sent(P, i, offset)));
        }
        for (int i = 0; i < log.size(); i += 100) {
            history.add(poll(9, log.subList(i, i + 100).toArray(Access[]::new)));
        }
        assertEquals(List.of(), Checker.check(timed(history), Promises.ALL));
        int poll = history.size() - 1 - random.nextInt(100);
        var rest = new ArrayList<>(history.get(poll).accesses());
        rest.remove(50);
        history.set(poll, poll(9, rest.toArray(Access[]::new)));
        assertEquals(
                Set.of(Kind.A3_LOST_WRITE),
                Checker.check(timed(history), Promises.ALL).stream()
                        .map(Anomaly::kind)
                        .collect(Collectors.toSet()));
    }

    private static List<Operation> timed(List<Operation> history) {
        return inTurn(history.toArray(Operation[]::new));
    }
}
