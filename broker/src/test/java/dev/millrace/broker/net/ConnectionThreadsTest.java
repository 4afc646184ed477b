package dev.millrace.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.broker.net.ConnectionThreads.Kind;
import dev.millrace.broker.net.Pace.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
final class ConnectionThreadsTest {
    private static final int MOST = 4;

    /// @param taken platform threads in use already, of 4
    record Case(String name, int taken, Kind now, Verdict pace, Kind want) {}

    static Stream<Case> cases() {
        return Stream.of(
                new Case("busy, and one is left", 3, Kind.VIRTUAL, Verdict.BUSY, Kind.PLATFORM),
                new Case("busy, and none is left", 4, Kind.VIRTUAL, Verdict.BUSY, Kind.VIRTUAL),
                new Case("busy keeps its own", 4, Kind.PLATFORM, Verdict.BUSY, Kind.PLATFORM),
                new Case("quiet, enough for all", 2, Kind.PLATFORM, Verdict.QUIET, Kind.PLATFORM),
                new Case(
                        "quiet, others may need it", 3, Kind.PLATFORM, Verdict.QUIET, Kind.VIRTUAL),
                new Case("quiet asks for nothing", 0, Kind.VIRTUAL, Verdict.QUIET, Kind.VIRTUAL),
                new Case("not yet judged", 4, Kind.PLATFORM, Verdict.UNDECIDED, Kind.PLATFORM));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void nextKind(Case c) {
        var threads = new ConnectionThreads(MOST);
        for (int i = 0; i < c.taken; i++) {
            assertEquals(Kind.PLATFORM, threads.next(Kind.VIRTUAL, Verdict.BUSY));
        }
        assertEquals(c.want, threads.next(c.now, c.pace), c.name);
        boolean took = c.now == Kind.VIRTUAL && c.want == Kind.PLATFORM;
        assertEquals(c.taken + (took ? 1 : 0), threads.platform(), c.name);
    }

    @Test
    void paceIsJudgedByTheSecond() {
        long second = TimeUnit.SECONDS.toNanos(1);
        var pace = new Pace(0);
        for (int i = 1; i < 20; i++) {
            assertEquals(Verdict.UNDECIDED, pace.request(second * i / 20));
        }
        assertEquals(Verdict.BUSY, pace.request(second), "20 in a second");
        assertEquals(Verdict.QUIET, pace.request(3 * second), "one in two seconds");
        for (int i = 1; i < 39; i++) {
            pace.request(3 * second);
        }
        assertEquals(Verdict.QUIET, pace.request(5 * second), "39 in two seconds");
    }

    /// Moves connections between kinds of threads while they work; every answer comes, in order.
    @Test
    void busyConnectionsGetWhatQuietOnesGiveBack() throws Exception {
        List<Wire> clients = new ArrayList<>();
        var threads = new ConnectionThreads(MOST);
        try (var broker = new FakeBroker(NetworkSettings.DEFAULTS, threads)) {
            for (int i = 0; i < MOST + 1; i++) {
                clients.add(broker.connect());
                ask(clients.get(i), 0);
            }
            assertEquals(MOST - 1, threads.platform(), "the last one is kept for the busy");
            int asked = 1;
            while (threads.platform() < MOST) {
                ask(clients.get(MOST), asked++);
            }
            ask(clients.get(0), 1);
            awaitPlatform(threads, MOST - 1);
            ask(clients.get(0), 2);
            ask(clients.get(MOST), asked);
            for (Wire client : clients) {
                client.close();
            }
            awaitPlatform(threads, 0);
        }
    }

    private static void ask(Wire client, int id) throws Exception {
        client.send(ApiKeys.METADATA, id, new MetadataRequestData());
        assertEquals(id, client.receiveCorrelationId());
    }

    /// A thread gives its place back when it has ended, a moment after its last answer.
    private static void awaitPlatform(ConnectionThreads threads, int count) {
        while (threads.platform() != count) {
            Thread.onSpinWait();
        }
    }
}
