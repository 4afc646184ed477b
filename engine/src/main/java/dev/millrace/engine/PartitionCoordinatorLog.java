package dev.millrace.engine;

import dev.millrace.engine.coordinator.CoordinatorLog;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.log.VerificationGuard;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.ReplicaRole;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// A coordinator's log on a partition of its internal topic, for one leadership.
record PartitionCoordinatorLog(Partition partition, int leaderEpoch) implements CoordinatorLog {
    @Override
    public long start() {
        return partition.logStart();
    }

    @Override
    public long end() {
        return partition.logEnd();
    }

    @Override
    public int maxBatchBytes() {
        return partition.maxMessageBytes();
    }

    @Override
    public Append append(MemoryRecords records) {
        return append(records, true);
    }

    /// As a producer with acks=1 does: a flush that somebody asks for later takes it along.
    @Override
    public Append appendUnhurried(MemoryRecords records) {
        return append(records, false);
    }

    private Append append(MemoryRecords records, boolean acksAll) {
        return result(partition.append(leaderEpoch, records, acksAll, Origin.COORDINATOR));
    }

    @Override
    public Append append(MemoryRecords records, @Nullable VerificationGuard verified) {
        return result(partition.append(leaderEpoch, records, true, Origin.COORDINATOR, verified));
    }

    @Override
    public Append append(TransactionMarker marker) {
        return result(partition.append(leaderEpoch, marker));
    }

    private static Append result(AppendResult result) {
        // No switch over types: its first use costs milliseconds, for which the first group of a
        // start would wait.
        if (result instanceof AppendResult.Appended(long base, _, _)) {
            return new Append.Written(base);
        }
        if (result instanceof AppendResult.Duplicate(long base, _, _)) {
            return new Append.Written(base);
        }
        return new Append.Refused(((AppendResult.Refused) result).error());
    }

    @Override
    public CompletionStage<Errors> committed(long endOffset) {
        return partition.committed(leaderEpoch, endOffset);
    }

    @Override
    public MemoryRecords read(long offset, int maxBytes) throws IOException {
        stillLeads();
        MemoryRecords read = partition.load(offset, maxBytes);
        // What was read of somebody else's leadership is no more ours than what cannot be read.
        stillLeads();
        return read;
    }

    private void stillLeads() throws LeadershipOver {
        ReplicaRole role = partition.role();
        Errors fenced = role.fence(leaderEpoch);
        if (fenced != Errors.NONE && !(role instanceof ReplicaRole.Offline)) {
            throw new LeadershipOver(partition.name().toString(), fenced);
        }
    }
}
