package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.CompactionLimits;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.log.Verification;
import dev.millrace.engine.testing.Batches;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/// What a leader does not do to records that its followers have not, or that a transaction has not decided about.
final class UndecidedRecordsTest extends ThreeReplicas {
    private static final int SEGMENT_BYTES = 100;

    private void leadsWith(Map<String, String> topic) {
        one.partition.assume(
                new ReplicaRole.Leader(1, 0, List.of(1, 2, 3), List.of(2, 3)),
                1,
                LogSettings.from(topic));
    }

    private void allFetch() throws IOException {
        for (int i = 0; i < 12; i++) { // a fetch reads within one segment
            one.flush();
            two.fetch(one, 1);
            three.fetch(one, 1);
        }
    }

    private void compacts() {
        leadsWith(
                Map.of(
                        "cleanup.policy", "compact",
                        "internal.segment.bytes", "" + SEGMENT_BYTES,
                        "min.cleanable.dirty.ratio", "0"));
    }

    private SimpleRecord record(String value) {
        return new SimpleRecord(env.clock().wallMs(), Batches.bytes("key"), Batches.bytes(value));
    }

    /// @return up to where the leader would compact
    private long compactable() throws IOException {
        var compacted = new CompactedPartition(one.partition);
        assertTrue(compacted.look(env.clock().wallMs(), true));
        long end = compacted.range().end();
        CompactionLimits limits = CleanerSettings.from((_, usual) -> usual).limits();
        if (compacted.isDue()) {
            assertNotNull(compacted.begin(limits, env.clock().wallMs()));
            assertEquals(end, compacted.range().end());
        } else {
            assertNull(compacted.begin(limits, env.clock().wallMs()));
        }
        return end;
    }

    @Test
    void whatFollowersHaveNotIsNotCompacted() throws IOException {
        compacts();
        for (int i = 0; i < 4; i++) {
            one.partition.append(Batches.plain().of(record("v" + i)), true, Origin.CLIENT);
        }
        one.flush();
        assertEquals(0, one.highWatermark());
        assertEquals(0, compactable());

        allFetch();
        assertEquals(4, one.highWatermark());
        assertEquals(3, compactable(), "all but the active segment");
    }

    @Test
    void whatATransactionHasNotDecidedIsNotCompacted() throws IOException {
        compacts();
        one.partition.append(Batches.plain().of(record("v")), true, Origin.CLIENT);
        var needed = (Verification.Needed) one.partition.verification(7, (short) 0, 0, false);
        one.partition.append(
                ReplicaRole.UNSPECIFIED_EPOCH,
                Batches.plain().producer(7, 0, 0).transactional().of(record("t")),
                true,
                Origin.TRANSACTIONAL_CLIENT,
                needed.guard());
        for (int i = 0; i < 2; i++) {
            one.partition.append(Batches.plain().of(record("v" + i)), true, Origin.CLIENT);
        }
        allFetch();
        assertEquals(4, one.highWatermark());
        assertEquals(1, compactable());

        one.partition.append(-1, new TransactionMarker(7, (short) 0, 0, false, 0));
        allFetch();
        assertTrue(compactable() > 1);
    }

    @Test
    void retentionDoesNotDeleteWhatFollowersHaveNot() throws IOException {
        leadsWith(Map.of("retention.ms", "1000", "internal.segment.bytes", "" + SEGMENT_BYTES));
        for (int i = 0; i < 4; i++) {
            one.append("v" + i);
        }
        one.flush();
        long later = env.clock().wallMs() + 10_000;
        one.partition.house().retain(later);
        assertEquals(0, one.partition.logStart());

        allFetch();
        one.partition.house().retain(later);
        assertTrue(one.partition.logStart() > 0);
    }

    @Test
    void minInSyncCountsAtOnceUnderALeaderThatStays() {
        one.leadsWithMin(1, 1, 1, 1);
        assertInstanceOf(AppendResult.Appended.class, one.append("a"));

        one.leadsWithMin(2, 1, 1, 1);
        var refused = assertInstanceOf(AppendResult.Refused.class, one.append("b"));
        assertEquals(Errors.NOT_ENOUGH_REPLICAS, refused.error());

        one.leadsWithMin(1, 1, 1, 1);
        assertInstanceOf(AppendResult.Appended.class, one.append("c"));
    }
}
