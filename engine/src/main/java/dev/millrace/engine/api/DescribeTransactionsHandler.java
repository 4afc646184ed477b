package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.txn.Transactions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// DescribeTransactions 0: what transactional ids are at (KIP-664); asked of their coordinator.
///
/// - **not done**: authorization; every operation is allowed
public final class DescribeTransactionsHandler
        implements Handler<DescribeTransactionsRequestData, DescribeTransactionsResponseData> {
    private final Transactions transactions;

    public DescribeTransactionsHandler(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_TRANSACTIONS;
    }

    @Override
    public Outcome<DescribeTransactionsResponseData> handle(
            RequestContext context, DescribeTransactionsRequestData request) {
        CompletionStage<DescribeTransactionsResponseData> all =
                CompletableFuture.completedFuture(new DescribeTransactionsResponseData());
        for (String id : request.transactionalIds()) {
            all =
                    all.thenCombine(
                            transactions.describe(id),
                            (response, state) -> {
                                response.transactionStates().add(state);
                                return response;
                            });
        }
        return Outcome.when(all);
    }
}
