package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.coordinator.txn.Transactions;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.server.common.TransactionVersion;

/// AddOffsetsToTxn 0-4: the partition of `__consumer_offsets` that a group falls to joins a transaction. Clients of version 2 of
/// transactions do without.
///
/// - **not done**: authorization; every operation is allowed
public final class AddOffsetsToTxnHandler
        implements Handler<AddOffsetsToTxnRequestData, AddOffsetsToTxnResponseData> {
    private static final int FENCED_SINCE = 2;

    private final Transactions transactions;
    private final Groups groups;

    public AddOffsetsToTxnHandler(Transactions transactions, Groups groups) {
        this.transactions = transactions;
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ADD_OFFSETS_TO_TXN;
    }

    @Override
    public Outcome<AddOffsetsToTxnResponseData> handle(
            RequestContext context, AddOffsetsToTxnRequestData request) {
        var offsets = new TopicPartition(Groups.TOPIC, groups.partitionFor(request.groupId()));
        return Outcome.when(
                transactions
                        .add(
                                request.transactionalId(),
                                request.producerId(),
                                request.producerEpoch(),
                                List.of(offsets),
                                TransactionVersion.TV_0,
                                TransactionClients.of(context))
                        .thenApply(error ->
                                new AddOffsetsToTxnResponseData()
                                        .setErrorCode(
                                                TransactionClients.code(
                                                        context, FENCED_SINCE, error))));
    }
}
