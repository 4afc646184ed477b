package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.quorum.QuorumEngine.Proposal;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;

/// What every [QuorumEngine] promises, on a quorum of one. The in-memory one stands in for Kafka's in the tests of what is above
/// because both pass this.
abstract class QuorumContract {
    /// Steps that a quorum of one may need to do what it has to do.
    static final int ENOUGH_STEPS = 50;

    /// A fresh engine of node 1.
    abstract QuorumEngine fresh();

    /// Writes down what it hears.
    static final class Heard implements QuorumListener {
        final List<CommittedBatch> batches = new ArrayList<>();
        final List<LoadedSnapshot> snapshots = new ArrayList<>();
        final List<QuorumLeader> leaders = new ArrayList<>();

        @Override
        public void onCommit(List<CommittedBatch> committed) {
            for (CommittedBatch batch : committed) {
                long before = batches.isEmpty() ? -1 : batches.getLast().lastOffset();
                assertTrue(batch.baseOffset() > before, "in order, each once");
                assertEquals(batch.records().size(), batch.lastOffset() - batch.baseOffset() + 1);
                batches.add(batch);
            }
        }

        @Override
        public void onSnapshot(LoadedSnapshot snapshot) {
            batches.clear();
            snapshots.add(snapshot);
        }

        @Override
        public void onLeader(QuorumLeader leader) {
            leaders.add(leader);
        }

        /// The names of the topics heard of, snapshot first.
        List<String> names() {
            var names = new ArrayList<String>();
            if (!snapshots.isEmpty()) {
                snapshots.getLast().records().forEach(record -> names.add(name(record)));
            }
            batches.forEach(batch -> batch.records().forEach(record -> names.add(name(record))));
            return names;
        }

        /// The topic in the record at that offset; proposals that were made together may share a batch.
        String at(long offset) {
            for (CommittedBatch batch : batches) {
                if (batch.baseOffset() <= offset && offset <= batch.lastOffset()) {
                    return name(batch.records().get((int) (offset - batch.baseOffset())));
                }
            }
            return "nothing";
        }

        private static String name(ApiMessageAndVersion record) {
            return ((TopicRecord) record.message()).name();
        }
    }

    static ApiMessageAndVersion topic(String name) {
        return new ApiMessageAndVersion(
                new TopicRecord().setName(name).setTopicId(new Uuid(1, name.hashCode())),
                (short) 0);
    }

    static void settle(QuorumEngine engine) {
        for (int i = 0; i < ENOUGH_STEPS; i++) {
            engine.step();
        }
    }

    static long accepted(Proposal proposal) {
        return assertInstanceOf(Proposal.Accepted.class, proposal).lastOffset();
    }

    @Test
    void leadsAndSaysSo() {
        QuorumEngine engine = fresh();
        var heard = new Heard();
        engine.listen(heard);
        settle(engine);
        assertEquals(1, engine.leader().id());
        assertEquals(engine.leader(), heard.leaders.getLast());
        assertTrue(engine.leader().epoch() > 0);
    }

    @Test
    void batchesAreCommittedWholeAndInOrder() {
        QuorumEngine engine = fresh();
        var heard = new Heard();
        engine.listen(heard);
        settle(engine);
        int epoch = engine.leader().epoch();
        long first = accepted(engine.propose(epoch, List.of(topic("a"), topic("b"))));
        long second = accepted(engine.propose(epoch, List.of(topic("c"))));
        assertTrue(second > first);
        engine.schedule();
        settle(engine);
        assertEquals(List.of("a", "b", "c"), heard.names());
        assertEquals(second, heard.batches.getLast().lastOffset());
        assertEquals(epoch, heard.batches.getLast().epoch());
        assertTrue(engine.highWatermark() > second);
        assertEquals("b", heard.at(first));
        assertEquals("c", heard.at(second));
    }

    @Test
    void anotherEpochIsRefused() {
        QuorumEngine engine = fresh();
        var heard = new Heard();
        engine.listen(heard);
        settle(engine);
        int epoch = engine.leader().epoch();
        assertInstanceOf(Proposal.NotLeader.class, engine.propose(epoch - 1, List.of(topic("a"))));
        engine.schedule();
        settle(engine);
        assertEquals(List.of(), heard.names());
    }

    @Test
    void moreThanABatchHoldsIsRefused() {
        QuorumEngine engine = fresh();
        engine.listen(new Heard());
        settle(engine);
        var records = new ArrayList<ApiMessageAndVersion>();
        for (int i = 0; i < 300; i++) {
            var record = new ConfigRecord().setName("k" + i).setValue("v".repeat(32_000));
            records.add(new ApiMessageAndVersion(record, (short) 0));
        }
        int epoch = engine.leader().epoch();
        assertInstanceOf(Proposal.TooLarge.class, engine.propose(epoch, records));
        accepted(engine.propose(epoch, List.of(topic("small"))));
    }

    @Test
    void whoDoesNotLeadRefusesAndStaysCalm() {
        QuorumEngine engine = fresh();
        engine.listen(new Heard());
        assertInstanceOf(Proposal.NotLeader.class, engine.propose(1, List.of(topic("a"))));
        engine.schedule();
        settle(engine);
        assertEquals(1, engine.leader().id());
    }
}
