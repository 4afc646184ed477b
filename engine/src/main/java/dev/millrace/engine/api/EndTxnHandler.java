package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.txn.ProducerAnswer;
import dev.millrace.engine.coordinator.txn.Transactions;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;

/// EndTxn 0-5: commits or aborts a transaction.
///
/// - up to v4 the client speaks version 1 of transactions, in v5 version 2 (KIP-890): the answer names the producer id and epoch of
///   the next transaction
/// - **not done**: authorization; every operation is allowed
public final class EndTxnHandler implements Handler<EndTxnRequestData, EndTxnResponseData> {
    private static final int NEW_EPOCH_SINCE = 5;
    private static final int FENCED_SINCE = 2;

    private final Transactions transactions;

    public EndTxnHandler(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.END_TXN;
    }

    @Override
    public Outcome<EndTxnResponseData> handle(RequestContext context, EndTxnRequestData request) {
        var version =
                context.version() >= NEW_EPOCH_SINCE
                        ? TransactionVersion.TV_2
                        : TransactionVersion.TV_0;
        return Outcome.when(
                transactions
                        .end(request, version, TransactionClients.of(context))
                        .thenApply(answer -> response(context, answer)));
    }

    private static EndTxnResponseData response(RequestContext context, ProducerAnswer answer) {
        return switch (answer) {
            case ProducerAnswer.Granted(long id, short epoch) ->
                    new EndTxnResponseData().setProducerId(id).setProducerEpoch(epoch);
            case ProducerAnswer.Refused(Errors error) ->
                    new EndTxnResponseData()
                            .setErrorCode(TransactionClients.code(context, FENCED_SINCE, error));
            case ProducerAnswer.NeedsProducerId() ->
                    throw new IllegalStateException("undecided for want of a producer id");
        };
    }
}
